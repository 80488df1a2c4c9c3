<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\Core\Database\Connection;

/**
 * How the last runs of an agent have ended.
 *
 * A run that people cancelled says nothing of the agent, nor does a test run.
 *
 * @internal
 */
final class AgentStreak {

  /**
   * Ended runs that are looked at.
   */
  private const int MOST = 50;

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * How many of the newest ended runs have failed in a row.
   */
  public function failures(string $agent): int {
    $ended = $this->last($agent, [RunState::Completed->value, RunState::Failed->value, RunState::Expired->value]);
    $states = array_column($ended, 'state');
    $success = array_search(RunState::Completed->value, $states, TRUE);
    return $success === FALSE ? count($states) : (int) $success;
  }

  /**
   * The newest run of an agent that succeeded; 0: none is kept.
   */
  public function lastSuccess(string $agent): int {
    return (int) ($this->last($agent, [RunState::Completed->value])[0]->id ?? 0);
  }

  /**
   * The newest runs in some states, but for test runs.
   *
   * @param string $agent
   *   Id of the agent.
   * @param string[] $states
   *   States.
   *
   * @return list<\stdClass>
   *   Their rows.
   */
  private function last(string $agent, array $states): array {
    $rows = $this->database->select('background_agents_run', 'r')->fields('r')
      ->condition('agent', $agent)
      ->condition('state', $states, 'IN')
      ->orderBy('created', 'DESC')->orderBy('id', 'DESC')->range(0, self::MOST)
      ->execute()->fetchAll();
    // Not by the query: before the site's update there is no such column.
    return array_values(array_filter($rows, static fn (\stdClass $row): bool => empty($row->dry_run)));
  }

}
