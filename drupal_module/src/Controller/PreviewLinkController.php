<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Preview\PreviewLinkCheck;
use Drupal\background_agents\Preview\PreviewPage;
use Drupal\background_agents\Preview\PreviewRefused;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\background_agents\Preview\PreviewVisitor;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Response;

/**
 * Shows a draft to who has a preview link, whoever they are.
 *
 * @internal
 */
final class PreviewLinkController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly PreviewLinkCheck $check,
    private readonly PreviewRenderer $renderer,
    private readonly PreviewVisitor $visitor,
    private readonly PreviewPage $page,
  ) {}

  /**
   * The page: what it is and until when, and the draft in a frame.
   *
   * In a frame, for the draft's styles could cover what is said about it.
   */
  public function page(int $change, int $revision, int $expires, string $signature): Response {
    $this->visitor->begin();
    $this->visitor->become();
    try {
      $version = $this->check->open($change, $revision, $expires, $signature);
    }
    catch (PreviewRefused $refused) {
      return $this->page->refusal($refused);
    }
    return $this->page->linked($version, $expires, compact('change', 'revision', 'expires', 'signature'));
  }

  /**
   * The draft, as a visitor would see it.
   *
   * @return array<string, mixed>|\Symfony\Component\HttpFoundation\Response
   *   A render array; a short page where there is nothing to show.
   */
  public function version(int $change, int $revision, int $expires, string $signature): array|Response {
    $this->visitor->begin();
    $this->visitor->become();
    try {
      $version = $this->check->open($change, $revision, $expires, $signature);
    }
    catch (PreviewRefused $refused) {
      return $this->page->refusal($refused);
    }
    return $this->page->withHead($this->renderer->page($version));
  }

}
