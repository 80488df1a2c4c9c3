<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\AgentPermissionNeeds;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;

/**
 * Makes an account and a role for an agent, with just what it needs.
 *
 * Nobody can hand on more than they have: a permission that the acting person
 * lacks is refused.
 *
 * @internal
 */
final class AccountMaker {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
    private readonly AgentPermissionNeeds $needs,
    private readonly AccountInterface $currentUser,
    private readonly AccountProvider $provider,
    private readonly AccountMarks $marks,
  ) {}

  /**
   * Who may make accounts and roles.
   */
  public function access(AccountInterface $account): AccessResultInterface {
    return AccessResult::allowedIfHasPermissions($account, [
      'administer background agents',
      'administer users',
      'administer permissions',
    ]);
  }

  /**
   * Permissions that the agent needs and its account lacks.
   *
   * @return string[]
   *   Names of permissions.
   */
  public function missing(Agent $agent): array {
    $ids = [
      RoleInterface::AUTHENTICATED_ID,
      (string) $agent->getRole(),
      ...($this->marks->account($agent)?->getRoles(TRUE) ?? []),
    ];
    $roles = $this->entityTypeManager->getStorage('user_role')->loadMultiple($ids);
    $has = array_merge([], ...array_values(array_map(static fn (RoleInterface $role): array => $role->getPermissions(), $roles)));
    return array_values(array_diff($this->needs->needed($agent, $has), $has));
  }

  /**
   * Permissions that the agent needs and the acting person lacks.
   *
   * @return string[]
   *   Names of permissions. When there are any, nothing can be made.
   */
  public function beyond(Agent $agent): array {
    return $this->lacking($this->needs->needed($agent));
  }

  /**
   * Permissions of a list that the acting person lacks, so cannot hand on.
   *
   * @param string[] $permissions
   *   Names of permissions.
   *
   * @return list<string>
   *   Some of them.
   */
  public function lacking(array $permissions): array {
    return array_values(array_filter($permissions, fn (string $permission): bool => !$this->currentUser->hasPermission($permission)));
  }

  /**
   * Makes a role, which the agent names from now on, and an account.
   *
   * The agent itself is not saved.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string[] $more
   *   Permissions that it needs besides those of its content.
   * @param string[] $new
   *   Permissions that came into being a moment ago, by a workflow that the
   *   acting person made: nobody can have them yet.
   *
   * @return \Drupal\user\UserInterface
   *   The account: active, without a password.
   */
  public function create(Agent $agent, array $more = [], array $new = []): UserInterface {
    $permissions = array_unique([...$this->needs->needed($agent), ...$more]);
    $this->refuse(array_diff($this->lacking($permissions), $new));
    $roles = $this->entityTypeManager->getStorage('user_role');
    $id = $this->freeRoleId('agent_' . substr((string) $agent->id(), 0, 50));
    $role = $roles->create(['id' => $id, 'label' => 'Agent: ' . $agent->label(), 'weight' => 90]);
    assert($role instanceof RoleInterface);
    $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE);
    foreach ($permissions as $permission) {
      $role->grantPermission($permission);
    }
    $role->save();
    $this->accounts->reset();
    $agent->set('role', $id);
    // A new account: the one that it had until now stays as it is.
    $this->marks->forget((string) $agent->id());
    $account = $this->provider->provide($agent);
    assert($account instanceof UserInterface);
    return $account;
  }

  /**
   * Gives the role of an agent what the agent needs.
   *
   * @return string[]
   *   Permissions that were added.
   */
  public function grantMissing(Agent $agent): array {
    $missing = $this->missing($agent);
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $agent->getRole());
    if ($missing === [] || !$role instanceof RoleInterface) {
      return [];
    }
    $this->refuseBeyond($agent);
    foreach ($missing as $permission) {
      $role->grantPermission($permission);
    }
    $role->save();
    return $missing;
  }

  /**
   * Gives a role of people permissions that the acting person has.
   *
   * @param string $id
   *   The role.
   * @param string[] $permissions
   *   Names of permissions.
   * @param string[] $new
   *   As of create().
   */
  public function give(string $id, array $permissions, array $new = []): void {
    $this->refuse(array_diff($this->lacking($permissions), $new));
    $role = $this->entityTypeManager->getStorage('user_role')->load($id);
    if (!$role instanceof RoleInterface) {
      throw new \RuntimeException("There is no role $id.");
    }
    foreach ($permissions as $permission) {
      $role->grantPermission($permission);
    }
    $role->save();
  }

  private function refuseBeyond(Agent $agent): void {
    $this->refuse($this->beyond($agent));
  }

  private function refuse(array $beyond): void {
    if ($beyond !== []) {
      throw new \RuntimeException('You cannot give an agent permissions that you lack yourself: ' . implode(', ', $beyond) . '.');
    }
  }

  private function freeRoleId(string $wanted): string {
    $storage = $this->entityTypeManager->getStorage('user_role');
    for ($id = $wanted, $i = 2; $storage->load($id) !== NULL; $i++) {
      $id = $wanted . '_' . $i;
    }
    return $id;
  }

}
