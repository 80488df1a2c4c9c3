<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;

/**
 * Counts what has become of a batch: three queries, each over an index.
 *
 * @internal
 */
final class BatchNumbers {

  public function __construct(
    private readonly Connection $database,
    private readonly ItemStore $items,
  ) {}

  /**
   * The numbers as they are now.
   */
  public function of(Batch $batch): BatchTally {
    $items = $this->items->countByState($batch->id);
    $again = $items[ItemState::Again->value] ?? 0;
    [$runs, $cost, $tokens] = $this->runs($batch->id, $again);
    [$drafts, $pending] = $this->drafts($batch->id);
    return new BatchTally(
      items: $batch->items,
      waiting: ($items[ItemState::Waiting->value] ?? 0) + $again,
      runs: $runs,
      refused: $items[ItemState::Refused->value] ?? 0,
      cancelled: $items[ItemState::Cancelled->value] ?? 0,
      cost: $cost,
      tokens: $tokens,
      drafts: $drafts,
      pending: $pending,
    );
  }

  /**
   * Runs by state, their cost, and the tokens that they have used.
   *
   * A failed run that is about to be retried counts as one that waits.
   *
   * @return array{array<string, int>, int, int}
   *   The three.
   */
  private function runs(int $batch, int $again): array {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['state'])->condition('batch', $batch)->groupBy('state');
    $query->addExpression('COUNT(*)', 'n');
    $query->addExpression('SUM([cost_micros])', 'cost');
    $query->addExpression('SUM([input_tokens] + [output_tokens])', 'tokens');
    $rows = $query->execute()->fetchAllAssoc('state');
    $runs = array_map(static fn (\stdClass $row): int => (int) $row->n, $rows);
    foreach (['failed', 'expired'] as $state) {
      $taken = min($again, $runs[$state] ?? 0);
      $again -= $taken;
      $runs[$state] = ($runs[$state] ?? 0) - $taken;
    }
    $sum = static fn (string $column): int => (int) array_sum(array_column($rows, $column));
    return [array_filter($runs), $sum('cost'), $sum('tokens')];
  }

  /**
   * Drafts of the runs, and how many of them wait for a person.
   *
   * @return array{int, int}
   *   The two.
   */
  private function drafts(int $batch): array {
    $query = $this->database->select('background_agents_run', 'r')->condition('r.batch', $batch);
    $query->join('background_agents_change', 'c', '[c].[run] = [r].[id]');
    $query->addExpression('COUNT(*)', 'drafts');
    $query->addExpression('SUM(CASE WHEN [c].[status] = :pending THEN 1 ELSE 0 END)', 'pending', [':pending' => Change::PENDING]);
    $row = $query->execute()->fetchObject();
    return [(int) $row->drafts, (int) $row->pending];
  }

}
