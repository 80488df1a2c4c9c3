<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\Core\Database\Connection;

/**
 * How the last runs of an agent have ended.
 *
 * A run that people cancelled says nothing of the agent.
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
    $states = $this->database->select('background_agents_run', 'r')->fields('r', ['state'])
      ->condition('agent', $agent)
      ->condition('state', [RunState::Completed->value, RunState::Failed->value, RunState::Expired->value], 'IN')
      ->orderBy('created', 'DESC')->orderBy('id', 'DESC')->range(0, self::MOST)
      ->execute()->fetchCol();
    $success = array_search(RunState::Completed->value, $states, TRUE);
    return $success === FALSE ? count($states) : (int) $success;
  }

  /**
   * The newest run of an agent that succeeded; 0: none is kept.
   */
  public function lastSuccess(string $agent): int {
    return (int) $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('agent', $agent)
      ->condition('state', RunState::Completed->value)
      ->orderBy('created', 'DESC')->orderBy('id', 'DESC')->range(0, 1)
      ->execute()->fetchField();
  }

}
