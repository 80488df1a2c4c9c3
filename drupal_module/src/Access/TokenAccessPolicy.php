<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\OAuth\DispatchPermissions;
use Drupal\Core\Cache\CacheOptionalInterface;
use Drupal\Core\Session\AccessPolicyBase;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\CalculatedPermissionsItem;
use Drupal\Core\Session\RefinableCalculatedPermissionsInterface;

/**
 * Permissions of a token are kept by token, and never administer by a flag.
 *
 * Simple OAuth keeps them by scopes and roles, and a token account has the role
 * of every authenticated user: whoever came first gave theirs to all others.
 *
 * @internal
 */
final class TokenAccessPolicy extends AccessPolicyBase implements CacheOptionalInterface {

  /**
   * Constructs a TokenAccessPolicy object.
   *
   * @param \Drupal\Core\Session\AccountInterface $currentUser
   *   Who makes the request.
   * @param \Drupal\background_agents\OAuth\DispatchPermissions $permissions
   *   What our scope gives.
   * @param object|null $scopes
   *   Simple OAuth's provider of scopes, if that module is there.
   */
  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly DispatchPermissions $permissions,
    private readonly ?object $scopes = NULL,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function alterPermissions(AccountInterface $account, string $scope, RefinableCalculatedPermissionsInterface $calculated_permissions): void {
    $account = TokenAccount::within($account);
    $current = TokenAccount::within($this->currentUser);
    if ($current !== $account && (int) $current->id() === (int) $account->id() && (TokenAccount::is($current) || TokenAccount::is($account))) {
      // Drupal keeps the answer for the current account by its id: it would
      // give a token what its person may.
      $calculated_permissions->mergeCacheMaxAge(0);
    }
    if (!TokenAccount::is($account)) {
      return;
    }
    // A new agent brings a permission, and a person's roles may change: the
    // token's own roles do not tell.
    $calculated_permissions->addCacheTags(["user:{$account->id()}", ...$this->permissions->tags()]);
    foreach ($calculated_permissions->getItems() as $item) {
      if ($item->isAdmin()) {
        // Of an administrator's token as of any other: what its scopes say.
        $limited = new CalculatedPermissionsItem($this->ofScopes($account), FALSE, $item->getScope(), $item->getIdentifier());
        $calculated_permissions->addItem($limited, TRUE);
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function getPersistentCacheContexts(): array {
    return ['background_agents_token'];
  }

  /**
   * Returns the permissions that the scopes of a token name.
   *
   * @return string[]
   *   The permissions that the scopes of a token name.
   */
  private function ofScopes(AccountInterface $account): array {
    if ($this->scopes === NULL) {
      return [];
    }
    return array_values(array_unique(array_merge([], ...array_map($this->scopes->getPermissions(...), $account->getToken()->get('scopes')->getScopes()))));
  }

}
