<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Audit\Erasure;
use Drupal\background_agents\Audit\PersonalRows;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\UserInterface;

/**
 * Forgets who a person was when the account is deleted, and ends their keys.
 *
 * Of core's four methods of cancelling an account, the two that block it leave
 * the person and all that is theirs. The one that gives content to nobody does
 * so with runs. The one that deletes content deletes runs that are over.
 *
 * @internal
 */
final class UserErased {

  public function __construct(
    private readonly Erasure $erasure,
    private readonly PersonalRows $rows,
    private readonly PersonKeys $keys,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Implements hook_user_cancel().
   *
   * Core asks before it deletes the account, but not where its content goes.
   */
  #[Hook('user_cancel')]
  public function cancel(array $edit, UserInterface $account, string $method): void {
    if ($method === 'user_cancel_reassign') {
      $this->rows->forgetRuns((int) $account->id());
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_update().
   *
   * As core ends the sessions of who is blocked: the keys do not come back.
   */
  #[Hook('user_update')]
  public function update(UserInterface $account): void {
    if (!$account->isActive()) {
      $this->keys->revokeAll((int) $account->id(), (int) $this->currentUser->id());
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_predelete().
   */
  #[Hook('user_predelete')]
  public function predelete(UserInterface $account): void {
    $this->rows->deleteRuns((int) $account->id());
  }

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('user_delete')]
  public function delete(UserInterface $account): void {
    $this->keys->revokeAll((int) $account->id(), NULL);
    $this->erasure->erase((int) $account->id());
  }

}
