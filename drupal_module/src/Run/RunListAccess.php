<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Lets the database decide which runs a person sees in a list.
 *
 * As entity access decides when somebody opens one: all of them, or those that
 * one has asked for.
 *
 * @internal
 */
final class RunListAccess {

  /**
   * Permissions to see the list; one is enough.
   */
  public const array ANY = [
    'administer background agents',
    'view any background agent run',
    'view own background agent runs',
  ];

  public function __construct(
    private readonly RunContext $runContext,
    private readonly CurrentKey $currentKey,
  ) {}

  /**
   * Whether an account may see a list of runs.
   */
  public static function maySee(AccountInterface $account): bool {
    return array_filter(self::ANY, $account->hasPermission(...)) !== [];
  }

  /**
   * Whether an account sees the runs of everybody.
   */
  public static function seesAll(AccountInterface $account): bool {
    return $account->hasPermission('administer background agents') || $account->hasPermission('view any background agent run');
  }

  /**
   * Restricts a query of runs to those that a person may see.
   *
   * @param \Drupal\Core\Database\Query\SelectInterface $query
   *   The query.
   * @param string $alias
   *   Alias of the table of runs.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   */
  public function restrict(SelectInterface $query, string $alias, AccountInterface $account): void {
    $current = $this->runContext->current();
    match (TRUE) {
      // An agent follows itself and the runs it started.
      $current !== NULL => $query->condition($query->orConditionGroup()->condition("$alias.uuid", $current->uuid())->condition("$alias.parent", $current->uuid())),
      self::seesAll($account) => NULL,
      $account->isAuthenticated() && $account->hasPermission('view own background agent runs') => $query->condition("$alias.uid", $account->id()),
      default => $query->alwaysFalse(),
    };
    $agents = $this->currentKey->of($account)?->agents;
    if ($agents === []) {
      $query->alwaysFalse();
    }
    elseif ($agents !== NULL) {
      $query->condition("$alias.agent", $agents, 'IN');
    }
  }

}
