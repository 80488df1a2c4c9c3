<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Guard\DraftState;
use Drupal\content_moderation\ContentModerationState;
use Drupal\content_moderation\StateTransitionValidationInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The moderation states that a person may bring an item to, to undo a run.
 *
 * @internal
 */
final class UndoStates {

  public function __construct(
    private readonly StateTransitionValidationInterface $validation,
    private readonly DraftState $states,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Whether a workflow applies.
   */
  public function isModerated(ContentEntityInterface $entity): bool {
    return $this->states->isModerated($entity);
  }

  /**
   * The state of a draft; NULL: the person has no transition to one.
   */
  public function draft(ContentEntityInterface $entity): ?string {
    return $this->reachable($entity, static fn (ContentModerationState $state): bool => !$state->isPublishedState() && !$state->isDefaultRevisionState());
  }

  /**
   * The state that takes it off the site; NULL: no transition leads there.
   */
  public function unpublished(ContentEntityInterface $entity): ?string {
    return $this->reachable($entity, static fn (ContentModerationState $state): bool => !$state->isPublishedState() && $state->isDefaultRevisionState());
  }

  /**
   * The present state when it fits and may be kept, else the first that fits.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The newest version.
   * @param callable(\Drupal\content_moderation\ContentModerationState): bool $fits
   *   Whether a state fits.
   */
  private function reachable(ContentEntityInterface $entity, callable $fits): ?string {
    $found = [];
    foreach ($this->validation->getValidTransitions($entity, $this->currentUser) as $transition) {
      if ($fits($transition->to())) {
        $found[] = (string) $transition->to()->id();
      }
    }
    $present = (string) $entity->get('moderation_state')->value;
    return in_array($present, $found, TRUE) ? $present : $found[0] ?? NULL;
  }

}
