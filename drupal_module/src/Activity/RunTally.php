<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Counts the runs of an agent. The database counts, by agent and creation.
 *
 * Test runs say nothing of how it does its work: they are not counted.
 *
 * @internal
 */
final class RunTally {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Counts runs by the weeks in which they were dispatched.
   *
   * @return non-empty-list<\Drupal\background_agents\Activity\WeekRuns>
   *   The oldest first; weeks without runs too.
   */
  public function weeks(string $agent, Weeks $weeks): array {
    $found = array_map(static fn (\DateTimeImmutable $begins): WeekRuns => new WeekRuns($begins), $weeks->begins);
    $query = $this->database->select('background_agents_run', 'r');
    [$week, $arguments] = $weeks->expression('[r].[created]');
    $query->addExpression($week, 'week', $arguments);
    $query->addExpression('COUNT(*)', 'runs');
    $query->fields('r', ['state'])->condition('r.agent', $agent)->condition('r.created', $weeks->since(), '>=')->groupBy('week')->groupBy('r.state');
    $this->leaveTestRunsOut($query);
    foreach ($query->execute() as $row) {
      $number = (int) $row->week;
      $found[$number] = $found[$number]->with($row->state, (int) $row->runs);
    }
    return $found;
  }

  /**
   * Why runs failed or expired, the most frequent reasons first.
   *
   * @return array<string, int>
   *   Numbers by reason; at most so many.
   */
  public function failures(string $agent, int $since, int $limit): array {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['reason'])
      ->condition('r.agent', $agent)
      ->condition('r.created', $since, '>=')
      ->condition('r.state', [RunState::Failed->value, RunState::Expired->value], 'IN')
      ->groupBy('r.reason');
    $query->addExpression('COUNT(*)', 'runs');
    $this->leaveTestRunsOut($query);
    $reasons = [];
    foreach ($query->orderBy('runs', 'DESC')->orderBy('r.reason')->range(0, $limit)->execute() as $row) {
      $reasons[(string) $row->reason] = (int) $row->runs;
    }
    return $reasons;
  }

  /**
   * The last runs of an agent, the newest first; test runs, too.
   *
   * @return list<\Drupal\background_agents\Entity\Run>
   *   At most so many.
   */
  public function last(string $agent, int $limit): array {
    $ids = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('r.agent', $agent)
      ->orderBy('r.created', 'DESC')
      ->range(0, $limit)
      ->execute()->fetchCol();
    $runs = $ids === [] ? [] : $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($ids);
    return array_values(array_filter($runs, static fn (mixed $run): bool => $run instanceof Run));
  }

  private function leaveTestRunsOut(SelectInterface $query): void {
    // Before the site's update there is no such column.
    if ($this->database->schema()->fieldExists('background_agents_run', 'dry_run')) {
      $query->condition('r.dry_run', 0);
    }
  }

}
