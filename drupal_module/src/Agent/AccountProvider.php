<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Lock\LockBackendInterface;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Sees that an agent has an account on this site, with the role it names.
 *
 * Called when configuration was imported, before a run is made, by Drush and
 * by the form of the agent. An account that is there stays; it gets the role
 * of the agent, and loses the one that the agent named before.
 *
 * @internal
 */
final class AccountProvider {

  /**
   * Longer than it takes to save an account.
   */
  private const int LOCK_SECONDS = 10;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountMarks $marks,
    private readonly AgentAccounts $accounts,
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
  ) {}

  /**
   * The account that an agent acts as, made or mended when that is needed.
   *
   * @return \Drupal\user\UserInterface|null
   *   NULL when there is none, and none can be made: the agent names no role,
   *   or one that is no agent role.
   */
  public function provide(Agent $agent): ?UserInterface {
    $role = $this->role($agent);
    $account = $this->marks->account($agent);
    if ($role === NULL || ($account !== NULL && $this->marks->role($agent) === $role->id())) {
      // A role that somebody took away from the account is not given back.
      return $account;
    }
    $name = 'background_agents:account:' . $agent->id();
    if (!$this->lock->acquire($name, self::LOCK_SECONDS)) {
      // Another process makes it just now.
      $this->lock->wait($name, self::LOCK_SECONDS);
      return $this->marks->account($agent);
    }
    try {
      return $this->make($agent, $role);
    }
    finally {
      $this->lock->release($name);
    }
  }

  /**
   * The account after it was looked for again, now that nobody else makes one.
   */
  private function make(Agent $agent, RoleInterface $role): UserInterface {
    $account = $this->marks->account($agent) ?? $this->adoptable($role) ?? $this->create($agent);
    $former = $this->marks->role($agent);
    if ($former !== '' && $former !== $role->id() && !in_array($former, $this->othersRoles($agent, $account), TRUE)) {
      $account->removeRole($former);
    }
    $account->addRole($role->id());
    $account->save();
    $this->marks->assign($agent, $account, (string) $role->id());
    return $account;
  }

  /**
   * The role that the agent names, when an account may get it.
   */
  private function role(Agent $agent): ?RoleInterface {
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $agent->getRole());
    return $role instanceof RoleInterface && AgentAccounts::isAgentRole($role) && !$role->isAdmin() ? $role : NULL;
  }

  /**
   * The only account with the role that is no other agent's.
   *
   * Of several, none is taken: which one is meant cannot be known.
   */
  private function adoptable(RoleInterface $role): ?UserInterface {
    $storage = $this->entityTypeManager->getStorage('user');
    $ids = array_diff($storage->getQuery()->accessCheck(FALSE)->condition('roles', $role->id())->condition('uid', 1, '>')->execute(), $this->marks->taken());
    $account = count($ids) === 1 ? $storage->load(reset($ids)) : NULL;
    return $account instanceof UserInterface && array_intersect($account->getRoles(TRUE), $this->accounts->adminRoles()) === [] ? $account : NULL;
  }

  /**
   * Roles that other agents gave to the account: they stay.
   *
   * @return string[]
   *   Ids of roles.
   */
  private function othersRoles(Agent $agent, UserInterface $account): array {
    return array_diff_key($this->marks->rolesByAgent((int) $account->id()), [$agent->id() => TRUE]);
  }

  /**
   * A new account: active, without a password and without an address.
   */
  private function create(Agent $agent): UserInterface {
    $account = $this->entityTypeManager->getStorage('user')->create([
      'name' => $this->freeName((string) $agent->label()),
      'status' => 1,
    ]);
    assert($account instanceof UserInterface);
    return $account;
  }

  private function freeName(string $wanted): string {
    // Two blanks in a row, or one at an end, are no name of an account.
    $wanted = trim(mb_substr(trim((string) preg_replace('/[^\p{L}\p{N}_.@-]+/u', ' ', $wanted)), 0, 50));
    $wanted = $wanted === '' ? 'Agent' : $wanted;
    $storage = $this->entityTypeManager->getStorage('user');
    for ($name = $wanted, $i = 2; $storage->loadByProperties(['name' => $name]) !== []; $i++) {
      $name = $wanted . ' ' . $i;
    }
    return $name;
  }

}
