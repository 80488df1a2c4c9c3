<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\Webhook\DeliveryHandOut;
use Drupal\background_agents\Webhook\DeliveryReport;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST webhooks/claim and webhooks/report: the sidecar sends what waits.
 *
 * @internal
 */
final class WebhooksController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly Contracts $contracts,
    private readonly DeliveryHandOut $handOut,
    private readonly DeliveryReport $report,
    private readonly SiteIdentity $identity,
  ) {}

  /**
   * Hands out messages that are due.
   */
  public function claim(Request $request): Answer {
    $this->signed->document($request);
    return new Answer($this->handOut->take() + $this->identity->document());
  }

  /**
   * Takes in what came of messages.
   */
  public function report(Request $request): Answer {
    $document = $this->signed->document($request);
    JsonBody::check($document, $this->contracts, 'webhook#/$defs/report');
    $this->report->take($document);
    return new Answer(['taken' => TRUE] + $this->identity->document());
  }

}
