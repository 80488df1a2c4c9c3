<?php

declare(strict_types=1);

namespace Drupal\background_agents;

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
 */
final class AgentAccounts {

  /**
   * The third-party setting of a role that marks it as agent role.
   */
  public const string SETTING = 'agent_role';

  /**
   * @var string[]|null
   */
  private ?array $roles = NULL;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentPermissionNeeds $needs,
  ) {}

  /**
   * Whether the role is marked as agent role.
   */
  public static function isAgentRole(RoleInterface $role): bool {
    return (bool) $role->getThirdPartySetting('background_agents', self::SETTING, FALSE);
  }

  /**
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
   * The account an agent acts as.
   */
  public function accountOf(Agent $agent): ?UserInterface {
    return $agent->getAccountUuid() === NULL ? NULL : $this->load($agent->getAccountUuid());
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
   * What an agent's account lacks to do what the agent's binding names.
   *
   * @return string[]
   *   One sentence for each missing thing, that says what to do. Empty: fine.
   */
  public function validate(Agent $agent): array {
    if ($agent->getAccountUuid() === NULL) {
      return ['No account is chosen. Choose the account that the agent acts as.'];
    }
    $account = $this->accountOf($agent);
    if ($account === NULL) {
      return ['The account that the agent acts as does not exist any more. Choose another one.'];
    }
    $refusal = $this->refusal($account);
    return array_merge($refusal === NULL ? [] : [$refusal], $this->needs->missing($agent, $this->permissions($account)));
  }

  /**
   * The permissions that the roles give, whatever the access policy leaves.
   *
   * @return string[]
   */
  private function permissions(UserInterface $account): array {
    $roles = $this->entityTypeManager->getStorage('user_role')->loadMultiple($account->getRoles());
    return array_merge([], ...array_values(array_map(static fn (RoleInterface $role): array => $role->getPermissions(), $roles)));
  }

}
