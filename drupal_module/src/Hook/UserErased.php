<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Audit\Erasure;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\user\UserInterface;

/**
 * Forgets who a person was when the account is deleted.
 *
 * Both methods of cancelling that delete the account come here; those that
 * block it leave the person.
 *
 * @internal
 */
final class UserErased {

  public function __construct(
    private readonly Erasure $erasure,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('user_delete')]
  public function delete(UserInterface $account): void {
    $this->erasure->erase((int) $account->id());
  }

}
