<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Cache\CacheTagsInvalidatorInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserDataInterface;
use Drupal\user\UserInterface;

/**
 * Which account of this site is which agent's.
 *
 * Configuration travels from site to site, accounts do not: so the agent names
 * no account, and the account is marked in the site's own `user.data`. The
 * mark holds the role that the account was given because of the agent.
 *
 * @internal
 */
final class AccountMarks {

  private const string MODULE = 'background_agents';

  private const string PREFIX = 'agent.';

  public function __construct(
    private readonly UserDataInterface $userData,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly CacheTagsInvalidatorInterface $cacheTags,
  ) {}

  /**
   * The account that an agent acts as here; NULL when none is marked.
   */
  public function account(Agent $agent): ?UserInterface {
    $account = $this->entityTypeManager->getStorage('user')->load(array_key_first($this->roles($agent)) ?? 0);
    return $account instanceof UserInterface && (int) $account->id() > 0 ? $account : NULL;
  }

  /**
   * The role that an account was given because of an agent; '' when none.
   */
  public function role(Agent $agent): string {
    $roles = $this->roles($agent);
    return (string) reset($roles);
  }

  /**
   * Ids of the agents that act as an account.
   *
   * @return string[]
   *   The ids; of agents that are disabled, too.
   */
  public function agents(int $uid): array {
    return array_keys($this->rolesByAgent($uid));
  }

  /**
   * The roles that an account was given, by agent.
   *
   * @return array<string, string>
   *   Ids of roles, keyed by the ids of agents.
   */
  public function rolesByAgent(int $uid): array {
    $roles = [];
    foreach ($this->userData->get(self::MODULE, $uid) as $name => $role) {
      if (str_starts_with($name, self::PREFIX)) {
        $roles[substr($name, strlen(self::PREFIX))] = (string) $role;
      }
    }
    return $roles;
  }

  /**
   * Ids of all accounts that are an agent's.
   *
   * @return int[]
   *   The ids.
   */
  public function taken(): array {
    return array_keys(array_filter(
      $this->userData->get(self::MODULE),
      static fn (array $values): bool => array_filter(array_keys($values), static fn (string $name): bool => str_starts_with($name, self::PREFIX)) !== [],
    ));
  }

  /**
   * Marks an account as an agent's; an earlier one is so no longer.
   *
   * The account's roles are left alone: AccountProvider sees to them.
   */
  public function assign(Agent $agent, UserInterface $account, ?string $role = NULL): void {
    $this->forget((string) $agent->id());
    $this->userData->set(self::MODULE, (int) $account->id(), self::PREFIX . $agent->id(), $role ?? (string) $agent->getRole());
  }

  /**
   * Forgets which account is an agent's.
   */
  public function forget(string $agent): void {
    $this->userData->delete(self::MODULE, NULL, self::PREFIX . $agent);
    // What was decided for an account depends on the agents that it serves.
    $this->cacheTags->invalidateTags($this->entityTypeManager->getDefinition('background_agents_agent')->getListCacheTags());
  }

  /**
   * Returns the role of the mark, keyed by the id of the account.
   *
   * @return array<int, string>
   *   The role of the mark, keyed by the id of the account.
   */
  private function roles(Agent $agent): array {
    return $this->userData->get(self::MODULE, NULL, self::PREFIX . $agent->id());
  }

}
