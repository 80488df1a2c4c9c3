<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

use Drupal\background_agents\Access\TokenAccount;
use Drupal\Core\Session\AccessPolicyBase;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\CalculatedPermissionsItem;
use Drupal\Core\Session\CalculatedPermissionsItemInterface;
use Drupal\Core\Session\RefinableCalculatedPermissionsInterface;

/**
 * Lets the token of a person who sees all runs see its person's own.
 *
 * Simple OAuth leaves of the person's permissions those that the scopes name,
 * and ours names "own": of "any", nothing would be left. It comes before that.
 *
 * @internal
 */
final class OwnRunsAccessPolicy extends AccessPolicyBase {

  /**
   * {@inheritdoc}
   */
  public function alterPermissions(AccountInterface $account, string $scope, RefinableCalculatedPermissionsInterface $calculated_permissions): void {
    if (!TokenAccount::is($account)) {
      return;
    }
    foreach ($calculated_permissions->getItems() as $item) {
      $own = array_merge(self::own($item, 'view'), self::own($item, 'manage'));
      if ($own !== []) {
        $permissions = array_merge($item->getPermissions(), $own);
        $calculated_permissions->addItem(new CalculatedPermissionsItem($permissions, $item->isAdmin(), $item->getScope(), $item->getIdentifier()), TRUE);
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
   * The permission for one's own runs, of who has that for all.
   *
   * @return string[]
   *   One name, or none.
   */
  private static function own(CalculatedPermissionsItemInterface $item, string $verb): array {
    $all = ['administer background agents', "$verb any background agent run"];
    return array_filter($all, $item->hasPermission(...)) === [] ? [] : ["$verb own background agent runs"];
  }

}
