<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\Run;
use Drupal\Core\Database\Connection;
use Drupal\Core\Session\AccountInterface;

/**
 * The runs below a run: those that it started, and what these started.
 *
 * Read in one query, however deep they are.
 *
 * @internal
 */
final class RunTree {

  /**
   * Runs and levels that are looked at; more are counted by nobody.
   */
  private const int MOST = 500;
  private const int LEVELS = 20;

  public function __construct(
    private readonly Connection $database,
    private readonly RunListAccess $access,
  ) {}

  /**
   * The runs below, each behind the one that started it.
   *
   * @param string $uuid
   *   UUID of the run on top.
   * @param int $since
   *   Only children that were made at this time or later, and what is below.
   *
   * @return list<\Drupal\background_agents\Run\StartedRun>
   *   Oldest first.
   */
  public function below(string $uuid, int $since = 0): array {
    $columns = ['id', 'uuid', 'parent', 'agent', 'agent_label', 'state', 'trigger_type', 'operation', ...Run::USAGE];
    $of = static fn (string $alias): string => implode(', ', array_map(static fn (string $column): string => "$alias.$column", $columns));
    $rows = $this->database->queryRange("WITH RECURSIVE tree AS (SELECT {$of('r')}, 1 AS lvl FROM {background_agents_run} r WHERE r.parent = :top AND r.created >= :since"
      . " UNION ALL SELECT {$of('c')}, t.lvl + 1 FROM {background_agents_run} c INNER JOIN tree t ON c.parent = t.uuid WHERE t.lvl < :levels)"
      . " SELECT {$of('tree')}, tree.lvl FROM tree ORDER BY tree.lvl, tree.id", 0, self::MOST, [
        ':top' => $uuid,
        ':since' => $since,
        ':levels' => self::LEVELS,
      ])->fetchAll();
    $children = [];
    $of_agents = [$uuid => TRUE];
    // A parent comes before its children.
    foreach ($rows as $row) {
      $of_agents[$row->uuid] = $row->trigger_type === 'agent' && $of_agents[$row->parent];
      $children[$row->parent][] = self::started($row, $of_agents[$row->uuid]);
    }
    return self::inOrder($children, $uuid);
  }

  /**
   * Those of the runs below that a person may see.
   *
   * @param list<\Drupal\background_agents\Run\StartedRun> $below
   *   As below() returns them.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   *
   * @return list<\Drupal\background_agents\Run\StartedRun>
   *   Oldest first, each behind the one that started it.
   */
  public function visible(array $below, AccountInterface $account): array {
    if ($below === []) {
      return [];
    }
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('r.id', array_map(static fn (StartedRun $run): int => $run->id, $below), 'IN');
    $this->access->restrict($query, 'r', $account);
    $ids = array_map(intval(...), $query->execute()->fetchCol());
    return array_values(array_filter($below, static fn (StartedRun $run): bool => in_array($run->id, $ids, TRUE)));
  }

  /**
   * What a run and those below it that agents started have used.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param list<\Drupal\background_agents\Run\StartedRun> $below
   *   The runs below.
   *
   * @return array<string, int>
   *   By the names of Run::USAGE.
   */
  public static function usage(Run $run, array $below): array {
    $total = $run->getUsage();
    foreach (array_filter($below, static fn (StartedRun $one): bool => $one->isOfAgents) as $started) {
      foreach ($started->usage as $name => $amount) {
        $total[$name] = ($total[$name] ?? 0) + $amount;
      }
    }
    return $total;
  }

  /**
   * Puts each run behind the one that started it.
   *
   * @param array<string, list<\Drupal\background_agents\Run\StartedRun>> $children
   *   Runs by the UUID of the one that started them.
   *
   * @return list<\Drupal\background_agents\Run\StartedRun>
   *   All of them.
   */
  private static function inOrder(array $children, string $parent): array {
    $list = [];
    foreach ($children[$parent] ?? [] as $run) {
      array_push($list, $run, ...self::inOrder($children, $run->uuid));
    }
    return $list;
  }

  private static function started(\stdClass $row, bool $is_of_agents): StartedRun {
    return new StartedRun(
      (int) $row->id,
      $row->uuid,
      $row->parent,
      $row->agent,
      (string) $row->agent_label,
      RunState::from($row->state),
      $row->trigger_type === 'agent' && $row->operation === StartedRun::WAIT,
      $is_of_agents,
      (int) $row->lvl,
      array_map(intval(...), array_intersect_key((array) $row, array_flip(Run::USAGE))),
    );
  }

}
