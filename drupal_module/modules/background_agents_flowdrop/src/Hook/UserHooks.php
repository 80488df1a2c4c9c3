<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop\Hook;

use Drupal\background_agents_flowdrop\StepStore;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\user\UserInterface;

/**
 * Forgets whose flows they were when an account is deleted.
 *
 * @internal
 */
final class UserHooks {

  public function __construct(
    private readonly StepStore $steps,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('user_delete')]
  public function delete(UserInterface $account): void {
    $this->steps->forget((int) $account->id());
  }

}
