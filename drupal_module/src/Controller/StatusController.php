<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\AgentStatus;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\OpenWork;
use Drupal\background_agents\Sidecar\SidecarNews;
use Drupal\background_agents\Sidecar\SiteAddresses;
use Drupal\background_agents\Sidecar\SiteChecks;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\Sidecar\SiteSetup;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST status: what the sidecar's doctor asks the site.
 *
 * @internal
 */
final class StatusController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly SidecarNews $news,
    private readonly SiteIdentity $identity,
    private readonly SiteSetup $setup,
    private readonly AgentStatus $agents,
    private readonly OpenWork $work,
    private readonly SiteChecks $checks,
    private readonly SiteAddresses $addresses,
  ) {}

  /**
   * Keeps what the sidecar tells, and answers how the site is.
   */
  public function status(Request $request): Answer {
    $this->news->keep($this->signed->document($request));
    return new Answer($this->identity->document() + $this->setup->document() + [
      'agents' => $this->agents->all(),
      'counts' => $this->work->counts(),
      'checks' => $this->checks->all(),
      'addresses' => $this->addresses->document(),
      'samples' => $this->addresses->samples(),
    ]);
  }

}
