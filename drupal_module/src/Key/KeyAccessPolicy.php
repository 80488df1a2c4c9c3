<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\Core\Cache\CacheOptionalInterface;
use Drupal\Core\Session\AccessPolicyBase;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\CalculatedPermissionsItem;
use Drupal\Core\Session\CalculatedPermissionsItemInterface;
use Drupal\Core\Session\RefinableCalculatedPermissionsInterface;

/**
 * Of its owner's permissions a dispatch key has those to run agents.
 *
 * And to view and manage own runs. It never administers, whoever its owner is,
 * and never sees or steers the runs of others.
 *
 * @internal
 */
final class KeyAccessPolicy extends AccessPolicyBase implements CacheOptionalInterface {

  private const string ADMINISTER = 'administer background agents';

  private const string RUN_ANY = 'run any background agent';

  public function __construct(
    private readonly CurrentKey $current,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function alterPermissions(AccountInterface $account, string $scope, RefinableCalculatedPermissionsInterface $calculated_permissions): void {
    $key = $this->current->of($account);
    if ($key === NULL) {
      return;
    }
    $item = $calculated_permissions->getItem();
    $left = $item === FALSE ? [] : [
      ...self::toRun($item, $key),
      ...self::ofRuns($item, 'view'),
      ...self::ofRuns($item, 'manage'),
    ];
    $calculated_permissions->removeItems()->addItem(new CalculatedPermissionsItem($left));
  }

  /**
   * {@inheritdoc}
   */
  public function getPersistentCacheContexts(): array {
    // The first one makes core ask about other accounts as them; it is left out
    // where something varies by user. The second one never is.
    return ['user.background_agents_key', 'background_agents_key'];
  }

  /**
   * The permissions to run the agents that both, owner and key, are for.
   *
   * @return string[]
   *   Names of permissions.
   */
  private static function toRun(CalculatedPermissionsItemInterface $item, DispatchKey $key): array {
    if ($key->agents === NULL) {
      return $item->isAdmin() ? [self::RUN_ANY] : array_values(preg_grep('/^run \w+ background agent$/D', $item->getPermissions()) ?: []);
    }
    $each = array_map(static fn (string $agent): string => "run $agent background agent", $key->agents);
    return array_values($item->hasPermission(self::RUN_ANY) ? $each : array_filter($each, $item->hasPermission(...)));
  }

  /**
   * The permission to do something with one's own runs.
   *
   * @return string[]
   *   Names of permissions.
   */
  private static function ofRuns(CalculatedPermissionsItemInterface $item, string $verb): array {
    $own = "$verb own background agent runs";
    $enough = [$own, "$verb any background agent run", self::ADMINISTER];
    return array_filter($enough, $item->hasPermission(...)) === [] ? [] : [$own];
  }

}
