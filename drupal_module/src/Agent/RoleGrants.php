<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\PermissionHandlerInterface;
use Drupal\user\RoleInterface;

/**
 * Gives the role of an agent permissions that somebody chose for it.
 *
 * Nobody hands on more than they have.
 *
 * @internal
 */
final class RoleGrants {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
    private readonly PermissionHandlerInterface $permissions,
  ) {}

  /**
   * Whether the acting person may give an agent's role a permission.
   */
  public function mayGive(string $permission): bool {
    return $this->currentUser->hasPermission('administer permissions')
      && $this->currentUser->hasPermission('administer background agents')
      && $this->currentUser->hasPermission($permission);
  }

  /**
   * The title of a permission, as the page of permissions has it.
   */
  public function title(string $permission): string {
    return strip_tags((string) ($this->permissions->getPermissions()[$permission]['title'] ?? $permission));
  }

  /**
   * Gives the permissions that the acting person may give.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string[] $permissions
   *   Names of permissions.
   *
   * @return string[]
   *   Those that were added.
   */
  public function give(Agent $agent, array $permissions): array {
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $agent->getRole());
    if (!$role instanceof RoleInterface || !AgentAccounts::isAgentRole($role)) {
      return [];
    }
    $added = array_values(array_filter($permissions, fn (string $name): bool => $this->mayGive($name) && !$role->hasPermission($name)));
    array_walk($added, static fn (string $name) => $role->grantPermission($name));
    if ($added !== []) {
      $role->save();
    }
    return $added;
  }

}
