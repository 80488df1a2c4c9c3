<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Numbers;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * What agents have spent on each day (UTC). All SQL of its table.
 *
 * The sidecar counts in Redis, which may be lost. The sums here follow from
 * what runs have reported, and the sidecar takes them over where they are
 * higher: so a budget of a day holds across the loss.
 *
 * @internal
 */
final class Spending {

  private const TABLE = 'background_agents_spent';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Books what a run has newly spent, in the transaction that stores its usage.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The locked run.
   * @param array<string, mixed> $columns
   *   The columns that are about to be stored; usage may be among them.
   * @param \stdClass[] $events
   *   The events that are stored with them.
   */
  public function book(LockedRun $run, array $columns, array $events): void {
    $before = [
      'cost_micros' => $run->costMicros,
      'input_tokens' => $run->inputTokens,
      'output_tokens' => $run->outputTokens,
    ];
    $after = array_intersect_key($columns, $before) + $before;
    foreach (SpentDays::of($before, $after, $events, $this->today()) as $day => $spent) {
      $this->add($day, $run->agent, $spent['cost_micros'], $spent['tokens']);
    }
  }

  private function add(string $day, string $agent, int $cost, int $tokens): void {
    if ($this->raise($day, $agent, $cost, $tokens)) {
      return;
    }
    // A savepoint: PostgreSQL would refuse the rest of the transaction.
    $savepoint = $this->database->startTransaction();
    try {
      $this->database->insert(self::TABLE)->fields([
        'day' => $day,
        'agent' => $agent,
        'cost_micros' => min($cost, Numbers::MAX_AMOUNT),
        'tokens' => min($tokens, Numbers::MAX_AMOUNT),
      ])->execute();
    }
    catch (IntegrityConstraintViolationException) {
      $savepoint->rollBack();
      $this->raise($day, $agent, $cost, $tokens);
    }
  }

  private function raise(string $day, string $agent, int $cost, int $tokens): bool {
    $update = $this->database->update(self::TABLE);
    foreach (['cost_micros' => $cost, 'tokens' => $tokens] as $column => $more) {
      // A sum that the contract cannot carry would stop all reports.
      $update->expression($column, "CASE WHEN $column > :{$column}_room THEN :{$column}_most ELSE $column + :{$column}_more END", [
        ":{$column}_room" => Numbers::MAX_AMOUNT - $more,
        ":{$column}_most" => Numbers::MAX_AMOUNT,
        ":{$column}_more" => $more,
      ]);
    }
    return (bool) $update
      ->condition('day', $day)
      ->condition('agent', $agent)
      ->execute();
  }

  /**
   * What was spent today, as the contracts' `spent`.
   *
   * @return array{day: string, cost_micros: int, tokens: int, agents: \stdClass}
   */
  public function document(): array {
    $day = $this->today();
    $rows = $this->database->select(self::TABLE, 's')
      ->fields('s', ['agent', 'cost_micros', 'tokens'])
      ->condition('day', $day)
      ->execute()->fetchAll();
    $agents = new \stdClass();
    $sum = ['cost_micros' => 0, 'tokens' => 0];
    foreach ($rows as $row) {
      $agents->{$row->agent} = ['cost_micros' => (int) $row->cost_micros, 'tokens' => (int) $row->tokens];
      $sum['cost_micros'] += (int) $row->cost_micros;
      $sum['tokens'] += (int) $row->tokens;
    }
    $sum = array_map(static fn (int $amount): int => min($amount, Numbers::MAX_AMOUNT), $sum);
    return ['day' => $day] + $sum + ['agents' => $agents];
  }

  /**
   * Deletes the sums of days before a Unix time.
   */
  public function deleteBefore(int $time): void {
    $this->database->delete(self::TABLE)->condition('day', gmdate('Y-m-d', $time), '<')->execute();
  }

  private function today(): string {
    return gmdate('Y-m-d', $this->time->getCurrentTime());
  }

}
