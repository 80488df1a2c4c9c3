<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\Database\Connection;

/**
 * Estimates what runs of an agent will cost, from those that have ended.
 *
 * @internal
 */
final class Estimator {

  /**
   * Of so many runs, the newest, those that did something are looked at.
   */
  private const int RUNS = 200;

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * The average of an agent; NULL: none of its runs has ended.
   */
  public function of(string $agent): ?RunAverage {
    $newest = $this->database->select('background_agents_run', 'r')
      ->fields('r', ['state', 'steps', 'cost_micros', 'input_tokens', 'output_tokens', 'driven_seconds'])
      // Thousands may have been cancelled with a batch.
      ->condition('r.agent', $agent)->condition('r.state', 'cancelled', '<>')->orderBy('r.created', 'DESC')->orderBy('r.id', 'DESC')->range(0, self::RUNS);
    $query = $this->database->select($newest, 'n')->condition('n.state', ['completed', 'failed'], 'IN')->condition('n.steps', 0, '>');
    $query->addExpression('COUNT(*)', 'runs');
    $query->addExpression('AVG([n].[cost_micros])', 'cost');
    $query->addExpression('AVG([n].[input_tokens] + [n].[output_tokens])', 'tokens');
    $query->addExpression('AVG([n].[driven_seconds])', 'seconds');
    $row = $query->execute()->fetchObject();
    return (int) $row->runs === 0 ? NULL : new RunAverage((int) $row->runs, (float) $row->cost, (float) $row->tokens, (float) $row->seconds);
  }

}
