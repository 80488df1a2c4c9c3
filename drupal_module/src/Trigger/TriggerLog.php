<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Guard\WithinSave;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Component\Uuid\UuidInterface;
use Drupal\Core\Database\Connection;

/**
 * What wants to become a run, written in the transaction that caused it.
 *
 * A row is appended and nothing else is touched: an editor's save never waits
 * for an agent, and never fails because of one.
 *
 * @internal
 */
final class TriggerLog {

  private const TABLE = 'background_agents_trigger_log';

  /**
   * Whether this request left rows that should be promoted at its end.
   */
  private bool $touched = FALSE;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
    private readonly UuidInterface $uuid,
    private readonly WithinSave $withinSave,
  ) {}

  /**
   * Appends a row.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   What is wanted.
   * @param string $fold
   *   Rows with the same text become one run; empty: never.
   * @param int $delay
   *   Seconds to wait for further rows of the same fold.
   * @param \Drupal\background_agents\Trigger\SaveFacts|null $facts
   *   What decides whether the rows of the fold start anything; NULL: they do.
   *
   * @return string
   *   UUID that the run will have, or that will be an alias of it.
   */
  public function append(DispatchRequest $request, string $fold = '', int $delay = 0, ?SaveFacts $facts = NULL): string {
    $now = $this->time->getCurrentTime();
    $run = $request->run ?? $this->uuid->generate();
    $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'available_at' => $now + $delay,
      'created' => $now,
      'fold' => $fold === '' ? '' : hash('sha256', $fold),
      'request' => TriggerRow::json($request->with(run: $run), $facts),
    ])->execute();
    $this->touched = TRUE;
    return $run;
  }

  /**
   * Appends a row in an editor's save, without ever failing it.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   What is wanted.
   * @param string $fold
   *   See append().
   * @param int $delay
   *   See append().
   * @param \Drupal\background_agents\Trigger\SaveFacts|null $facts
   *   See append().
   * @param callable(): void $then
   *   What is written with the row, or not at all.
   */
  public function appendInSave(DispatchRequest $request, string $fold, int $delay, ?SaveFacts $facts, callable $then): void {
    $this->withinSave->attempt(function () use ($request, $fold, $delay, $facts, $then): void {
      $this->append($request, $fold, $delay, $facts);
      $then();
    }, 'A change of content could not be noted for the agent %agent', ['%agent' => $request->agent]);
  }

  /**
   * Whether this request appended rows.
   */
  public function wasTouched(): bool {
    return $this->touched;
  }

  /**
   * The oldest rows that are due, whole folds only.
   *
   * A fold is due when its youngest row is: each further change of an item
   * puts the run off (debounce).
   *
   * @param int $limit
   *   At most so many rows.
   *
   * @return array<int, \Drupal\background_agents\Trigger\TriggerRow[]>
   *   Lists of rows, one list for each fold.
   */
  public function due(int $limit): array {
    $now = $this->time->getCurrentTime();
    $rows = array_map(TriggerRow::fromRow(...), $this->database->select(self::TABLE, 't')
      ->fields('t', ['id', 'run', 'fold', 'request'])
      ->condition('available_at', $now, '<=')
      ->orderBy('id')
      ->range(0, $limit)
      ->execute()
      ->fetchAll());
    $waiting = $this->waitingFolds(array_unique(array_column($rows, 'fold')), $now);
    $folds = [];
    foreach ($rows as $row) {
      if ($row->fold === '' || !isset($waiting[$row->fold])) {
        $folds[$row->fold === '' ? "#{$row->id}" : $row->fold][] = $row;
      }
    }
    return array_values($folds);
  }

  /**
   * Seconds until further rows are due; NULL: none wait for their time.
   */
  public function secondsUntilNext(): ?int {
    $now = $this->time->getCurrentTime();
    $query = $this->database->select(self::TABLE, 't')->condition('available_at', $now, '>');
    $query->addExpression('MIN([available_at])');
    $next = $query->execute()->fetchField();
    return $next === FALSE || $next === NULL ? NULL : (int) $next - $now;
  }

  /**
   * Returns folds that have a row that is not due yet.
   *
   * @return array<string, true>
   *   Folds that have a row that is not due yet.
   */
  private function waitingFolds(array $folds, int $now): array {
    $folds = array_filter($folds);
    if ($folds === []) {
      return [];
    }
    $waiting = $this->database->select(self::TABLE, 't')
      ->fields('t', ['fold'])
      ->condition('available_at', $now, '>')
      ->condition('fold', $folds, 'IN')
      ->distinct()
      ->execute()
      ->fetchCol();
    return array_fill_keys($waiting, TRUE);
  }

  /**
   * Deletes rows that became a run, or never will.
   *
   * One by one: for a list the database may read the whole table, lock the gap
   * at its end, and keep editors from appending.
   *
   * @param int[] $ids
   *   Their ids.
   */
  public function delete(array $ids): void {
    foreach ($ids as $id) {
      $this->database->delete(self::TABLE)->condition('id', $id)->execute();
    }
  }

  /**
   * Puts rows off.
   *
   * @param int[] $ids
   *   Their ids.
   * @param int $seconds
   *   For how long.
   */
  public function putOff(array $ids, int $seconds): void {
    foreach ($ids as $id) {
      $this->database->update(self::TABLE)->fields(['available_at' => $this->time->getCurrentTime() + $seconds])->condition('id', $id)->execute();
    }
  }

  /**
   * Whether a run with this UUID is still to be made.
   */
  public function isPending(string $run): bool {
    return (bool) $this->database->select(self::TABLE, 't')->fields('t', ['id'])->condition('run', $run)->range(0, 1)->execute()->fetchField();
  }

  /**
   * How many rows wait.
   */
  public function count(): int {
    return (int) $this->database->select(self::TABLE, 't')->countQuery()->execute()->fetchField();
  }

}
