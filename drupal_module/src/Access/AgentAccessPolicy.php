<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\RequesterAccess;
use Drupal\Core\Cache\CacheOptionalInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Session\AccessPolicyBase;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\CalculatedPermissionsItem;
use Drupal\Core\Session\RefinableCalculatedPermissionsInterface;

/**
 * What is left of an agent account's permissions in this request.
 *
 * Nothing without a run token (a setting), never administration, and of what
 * entity access does not decide only what the requester has too, and each agent
 * above.
 *
 * @internal
 */
final class AgentAccessPolicy extends AccessPolicyBase implements CacheOptionalInterface {

  private const string ADMINISTERS = '/^(administer|bypass)\b|\badminister\b/';

  /**
   * Permissions that entity access asks, with its own idea of "any" and "own".
   */
  private const string ASKED_BY_ENTITIES = '/^(create|edit|update|view|revert|delete)\b/';

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly AgentScope $scope,
    private readonly RequesterAccess $requesters,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Whether a permission administers: an agent never has it.
   */
  public static function administers(string $permission): bool {
    return preg_match(self::ADMINISTERS, $permission) === 1;
  }

  /**
   * {@inheritdoc}
   */
  public function alterPermissions(AccountInterface $account, string $scope, RefinableCalculatedPermissionsInterface $calculated_permissions): void {
    if (!$this->accounts->isAgentAccount($account)) {
      return;
    }
    $settings = $this->configFactory->get('background_agents.settings');
    $calculated_permissions->addCacheableDependency($settings);
    $item = $calculated_permissions->getItem();
    $permissions = $item === FALSE || ($settings->get('guard.token_only') && !$this->inOwnRun($account))
      ? []
      : array_filter($item->getPermissions(), static fn (string $permission): bool => !self::administers($permission));
    foreach ($this->requesters->limiting($account) as $superior) {
      $calculated_permissions->addCacheableDependency($superior);
      $permissions = array_filter($permissions, static fn (string $permission): bool => preg_match(self::ASKED_BY_ENTITIES, $permission) === 1 || $superior->hasPermission($permission));
    }
    $calculated_permissions->removeItems()->addItem(new CalculatedPermissionsItem(array_values($permissions)));
  }

  /**
   * {@inheritdoc}
   */
  public function getPersistentCacheContexts(): array {
    return ['user.roles', 'background_agents_run'];
  }

  /**
   * The run's own account, or that of an agent above, which bounds it.
   */
  private function inOwnRun(AccountInterface $account): bool {
    $is = static fn (AccountInterface $superior): bool => (int) $superior->id() === (int) $account->id();
    return $this->scope->actsByToken($account) || array_filter($this->scope->superiors(), $is) !== [];
  }

}
