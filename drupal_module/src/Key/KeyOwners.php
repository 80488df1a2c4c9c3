<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserInterface;

/**
 * Who may have dispatch keys: people with the permission, and never agents.
 *
 * @internal
 */
final class KeyOwners {

  public const string PERMISSION = 'have dispatch keys for background agents';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * Whether an account may have keys, and use those that it has.
   */
  public function mayHave(UserInterface $account): bool {
    return $account->isAuthenticated() && $account->isActive() && !$this->accounts->isAgentAccount($account) && $account->hasPermission(self::PERMISSION);
  }

  /**
   * The owner of a key who may use it; NULL: nobody.
   */
  public function of(DispatchKey $key): ?UserInterface {
    $owner = $this->entityTypeManager->getStorage('user')->load($key->uid);
    return $owner instanceof UserInterface && $this->mayHave($owner) ? $owner : NULL;
  }

}
