<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Guard\DraftState;
use Drupal\content_moderation\StateTransitionValidationInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Where a reviewer may bring a draft: the transitions that they have.
 *
 * @internal
 */
final class Transitions {

  public function __construct(
    private readonly StateTransitionValidationInterface $validation,
    private readonly DraftState $states,
  ) {}

  /**
   * Returns labels of the transitions by the state they lead to.
   *
   * @return array<string, string>
   *   Labels of the transitions by the state they lead to; those that publish
   *   come first. Empty: no workflow applies, or the account has none.
   */
  public function of(ContentEntityInterface $draft, AccountInterface $account): array {
    if (!$this->states->isModerated($draft)) {
      return [];
    }
    $published = $others = [];
    foreach ($this->validation->getValidTransitions($draft, $account) as $transition) {
      $state = $transition->to();
      if ($state->isPublishedState() && $state->isDefaultRevisionState()) {
        $published[$state->id()] = (string) $transition->label();
      }
      elseif ($state->id() !== $draft->get('moderation_state')->value && !$state->isDefaultRevisionState()) {
        $others[$state->id()] = (string) $transition->label();
      }
    }
    return $published + $others;
  }

}
