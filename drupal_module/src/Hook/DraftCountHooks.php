<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Ui\WaitingDraftsCount;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * The number of waiting drafts, in the toolbar.
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

}
