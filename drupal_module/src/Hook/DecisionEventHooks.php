<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;

/**
 * Notices what was decided about drafts, whatever the door.
 *
 * @internal
 */
final class DecisionEventHooks {

  public function __construct(
    private readonly DecisionListeners $listeners,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_update().
   */
  #[Hook('background_agents_change_update')]
  public function update(Change $change): void {
    $before = $change->getOriginal();
    if (!$before instanceof Change || !$before->isPending()) {
      return;
    }
    if (in_array($change->getStatus(), [Change::ACCEPTED, Change::REJECTED], TRUE)) {
      $uid = $change->get('decided_by')->target_id;
      $this->listeners->note($change, $uid === NULL ? NULL : (int) $uid);
    }
    elseif ($change->isPending() && $change->getTargetRevisionId() !== $before->getTargetRevisionId()) {
      // It follows what was not accepted of it.
      $this->listeners->note($change, (int) $this->currentUser->id());
    }
  }

}
