<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\Core\Database\Connection;

/**
 * Counts what became of the drafts of several runs, in one query.
 *
 * @internal
 */
final class RunDraftCounts {

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Counts the drafts of runs.
   *
   * @param list<int> $runs
   *   Ids of runs.
   *
   * @return array<int, array<string, int>>
   *   Numbers by run, then by status.
   */
  public function of(array $runs): array {
    if ($runs === []) {
      return [];
    }
    $query = $this->database->select(ChangeLog::ENTITY_TYPE, 'c')->fields('c', ['run', 'status'])->condition('c.run', $runs, 'IN')->groupBy('c.run')->groupBy('c.status');
    $query->addExpression('COUNT(*)', 'drafts');
    $counts = [];
    foreach ($query->execute() as $row) {
      $counts[(int) $row->run][$row->status] = (int) $row->drafts;
    }
    return $counts;
  }

}
