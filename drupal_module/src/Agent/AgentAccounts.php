<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;

/**
 * Who is an agent: every account that has a role marked as agent role.
 *
 * Whether an Agent entity names the account does not matter. User 1 is never
 * an agent: the guard would lock the site's owner out.
 *
 * @internal
 */
final class AgentAccounts {

  /**
   * The third-party setting of a role that marks it as agent role.
   */
  public const string SETTING = 'agent_role';

  /**
   * Ids of the agent roles, once they were asked for.
   *
   * @var string[]|null
   */
  private ?array $roles = NULL;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentPermissionNeeds $needs,
    private readonly AccountMarks $marks,
  ) {}

  /**
   * Whether the role is marked as agent role.
   */
  public static function isAgentRole(RoleInterface $role): bool {
    return (bool) $role->getThirdPartySetting('background_agents', self::SETTING, FALSE);
  }

  /**
   * Returns ids of the roles that are marked as agent roles.
   *
   * @return string[]
   *   Ids of the roles that are marked as agent roles.
   */
  public function agentRoles(): array {
    return $this->roles ??= array_keys(array_filter(
      $this->entityTypeManager->getStorage('user_role')->loadMultiple(),
      self::isAgentRole(...),
    ));
  }

  /**
   * Returns ids of the administrator roles.
   *
   * @return string[]
   *   Ids of the administrator roles.
   */
  public function adminRoles(): array {
    return array_keys(array_filter(
      $this->entityTypeManager->getStorage('user_role')->loadMultiple(),
      static fn (RoleInterface $role): bool => $role->isAdmin(),
    ));
  }

  /**
   * Forgets the agent roles; called when a role changes.
   */
  public function reset(): void {
    $this->roles = NULL;
  }

  /**
   * Whether the account is held to an agent's rules.
   */
  public function isAgentAccount(AccountInterface $account): bool {
    return (int) $account->id() > 1 && array_intersect($account->getRoles(TRUE), $this->agentRoles()) !== [];
  }

  /**
   * Why the account cannot act as an agent; NULL when it can.
   *
   * Stricter than isAgentAccount(): an account with an agent role *and* an
   * administrator role is held to the rules, but may not act.
   */
  public function refusal(UserInterface $account): ?string {
    return match (TRUE) {
      (int) $account->id() <= 1 => 'User 1 and the anonymous user cannot be agents. Choose an account of its own for the agent.',
      !$account->isActive() => sprintf('The account "%s" is blocked. Unblock it at /user/%d/edit.', $account->getAccountName(), $account->id()),
      array_intersect($account->getRoles(TRUE), $this->adminRoles()) !== [] => sprintf('The account "%s" has an administrator role. Take that role away from it.', $account->getAccountName()),
      !$this->isAgentAccount($account) => sprintf('The account "%s" has no agent role. Mark one of its roles as agent role at /admin/people/roles, or give it one.', $account->getAccountName()),
      default => NULL,
    };
  }

  /**
   * The account that an agent acts as on this site; NULL when it has none yet.
   */
  public function accountOf(Agent $agent): ?UserInterface {
    return $this->marks->account($agent);
  }

  /**
   * The account with a UUID.
   */
  public function load(string $uuid): ?UserInterface {
    $accounts = $this->entityTypeManager->getStorage('user')->loadByProperties(['uuid' => $uuid]);
    $account = reset($accounts);
    return $account instanceof UserInterface ? $account : NULL;
  }

  /**
   * What an agent and its account lack to do what the agent's binding names.
   *
   * @return string[]
   *   One sentence for each missing thing, that says what to do. Empty: fine.
   */
  public function validate(Agent $agent): array {
    return [...$agent->aiAgentProblems(), ...$this->accountProblems($agent)];
  }

  /**
   * What an agent's account lacks.
   *
   * @return string[]
   *   As validate().
   */
  public function accountProblems(Agent $agent): array {
    $account = $this->accountOf($agent);
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $agent->getRole());
    $problem = $role instanceof RoleInterface ? $this->roleRefusal($role) : 'No agent role is chosen. Choose one, or have a role and an account made for the agent, at "Account" in its form.';
    if ($problem !== NULL && $account === NULL) {
      return [$problem];
    }
    $problem ??= $account === NULL
      ? 'The agent has no account on this site yet. It is made with its first run, or at once by "drush background-agents:accounts".'
      : $this->refusal($account) ?? ($account->hasRole($role->id()) ? NULL : sprintf('The account "%s" does not have the role "%s" of the agent. Give it the role at /user/%d/edit.', $account->getAccountName(), $role->label(), $account->id()));
    $roles = array_merge($account?->getRoles() ?? [RoleInterface::AUTHENTICATED_ID], $role === NULL ? [] : [(string) $role->id()]);
    return array_merge($problem === NULL ? [] : [$problem], $this->needs->missing($agent, $this->permissions($roles)));
  }

  /**
   * The permissions of the roles of an agent's account, now or once it is made.
   *
   * @return string[]
   *   Names of permissions.
   */
  public function permissionsOf(Agent $agent): array {
    $account = $agent->isNew() ? NULL : $this->accountOf($agent);
    $own = array_filter([$agent->getRole()]);
    $roles = [RoleInterface::AUTHENTICATED_ID, ...$account?->getRoles(TRUE) ?? [], ...$own];
    return $this->permissions(array_unique($roles));
  }

  /**
   * Why a role cannot be that of an agent; NULL when it can.
   */
  public function roleRefusal(RoleInterface $role): ?string {
    return match (TRUE) {
      $role->isAdmin() => sprintf('The role "%s" is an administrator role. Choose another one for the agent.', $role->label()),
      !self::isAgentRole($role) => sprintf('The role "%s" is not marked as agent role. Mark it at /admin/people/roles/manage/%s, or choose another one.', $role->label(), $role->id()),
      default => NULL,
    };
  }

  /**
   * The permissions that the roles give, whatever the access policy leaves.
   *
   * @param string[] $ids
   *   Ids of roles.
   *
   * @return string[]
   *   Names of permissions.
   */
  private function permissions(array $ids): array {
    $roles = $this->entityTypeManager->getStorage('user_role')->loadMultiple($ids);
    return array_merge([], ...array_values(array_map(static fn (RoleInterface $role): array => $role->getPermissions(), $roles)));
  }

}
