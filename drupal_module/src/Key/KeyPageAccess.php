<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Access\TokenAccount;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\UserInterface;

/**
 * Who may open the pages of somebody's dispatch keys.
 *
 * People make and change their own. Administrators see and revoke those of
 * others. A program never makes a key, whatever its token may otherwise.
 *
 * @internal
 */
final class KeyPageAccess implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly KeyStore $keys,
    private readonly KeyOwners $owners,
  ) {}

  /**
   * The list.
   */
  public function list(UserInterface $user, AccountInterface $account): AccessResultInterface {
    return self::allowedIf($this->isOwner($user, $account) || $this->isAdministrator($user, $account));
  }

  /**
   * The list of the keys of all people.
   */
  public function all(AccountInterface $account): AccessResultInterface {
    return self::allowedIf(self::administers($account));
  }

  /**
   * A new key.
   */
  public function add(UserInterface $user, AccountInterface $account): AccessResultInterface {
    return self::allowedIf($this->isOwner($user, $account));
  }

  /**
   * A change of a key, or of a webhook of it.
   */
  public function edit(UserInterface $user, string $dispatch_key, AccountInterface $account): AccessResultInterface {
    return self::allowedIf($this->isOwner($user, $account) && $this->isOf($user, $dispatch_key));
  }

  /**
   * The end of a key, and what webhooks it has: no secret.
   */
  public function revoke(UserInterface $user, string $dispatch_key, AccountInterface $account): AccessResultInterface {
    return self::allowedIf(($this->isOwner($user, $account) || $this->isAdministrator($user, $account)) && $this->isOf($user, $dispatch_key));
  }

  private function isOwner(UserInterface $user, AccountInterface $account): bool {
    return (int) $user->id() === (int) $account->id() && !TokenAccount::is($account) && $account->hasPermission(KeyOwners::PERMISSION) && $this->owners->mayHave($user);
  }

  private function isAdministrator(UserInterface $user, AccountInterface $account): bool {
    return self::administers($account) && ($this->owners->mayHave($user) || $this->keys->ofPerson((int) $user->id()) !== []);
  }

  private static function administers(AccountInterface $account): bool {
    return !TokenAccount::is($account) && $account->hasPermission('administer background agents');
  }

  private function isOf(UserInterface $user, string $id): bool {
    return $this->keys->load($id)?->uid === (int) $user->id();
  }

  private static function allowedIf(bool $may): AccessResultInterface {
    return ($may ? AccessResult::allowed() : AccessResult::forbidden())->setCacheMaxAge(0);
  }

}
