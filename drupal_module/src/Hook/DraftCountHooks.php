<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Ui\WaitingDraftsCount;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Routing\RouteMatchInterface;

/**
 * The number of waiting drafts, in the toolbar and where people begin.
 *
 * @internal
 */
final class DraftCountHooks {

  public function __construct(
    private readonly WaitingDraftsCount $count,
  ) {}

  /**
   * Implements hook_toolbar().
   */
  #[Hook('toolbar')]
  public function toolbar(): array {
    return [
      'background_agents_drafts' => $this->count->isShown() ? [
        '#type' => 'toolbar_item',
        'tab' => $this->count->link(['toolbar-icon', 'toolbar-icon-background-agents-drafts']),
        '#weight' => 50,
      ] : ['#cache' => $this->count->cache()],
    ];
  }

  /**
   * Implements hook_help().
   *
   * On a narrow screen the tab of the list and the words of the toolbar are
   * folded away.
   */
  #[Hook('help')]
  public function help(string $route_name, RouteMatchInterface $route_match): ?array {
    return in_array($route_name, ['system.admin', 'system.admin_content'], TRUE) ? $this->count->line() : NULL;
  }

}
