<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Run\RunState;
use Drupal\Core\Database\Connection;

/**
 * The rows of the items of batches. All SQL of their table.
 *
 * @internal
 */
final class ItemStore {

  public const string TABLE = 'background_agents_batch_item';

  /**
   * Rows of one INSERT.
   */
  private const int ROWS = 500;

  private const array COLUMNS = ['batch', 'entity_type', 'entity_id', 'langcode', 'position', 'label', 'state'];

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Keeps the items of a new batch.
   *
   * @param int $batch
   *   The batch.
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   Each once.
   */
  public function insert(int $batch, array $items): void {
    $position = 0;
    foreach (array_chunk($items, self::ROWS) as $some) {
      $insert = $this->database->insert(self::TABLE)->fields(self::COLUMNS);
      foreach ($some as $item) {
        $insert->values([
          $batch,
          $item->entityType,
          $item->id,
          $item->langcode,
          ++$position,
          mb_substr($item->label, 0, 255),
          $item->state->value,
        ]);
      }
      $insert->execute();
    }
  }

  /**
   * The next items that are to be let in.
   *
   * @return \Drupal\background_agents\Batch\BatchItem[]
   *   In the order of the batch.
   */
  public function next(int $batch, int $limit): array {
    $rows = $this->database->select(self::TABLE, 'i')->fields('i')->condition('batch', $batch)->condition('state', ItemState::toBeLetIn(), 'IN')->orderBy('position')->range(0, $limit)->execute()->fetchAll();
    return array_map(BatchItem::fromRow(...), $rows);
  }

  /**
   * A page of items, in the order of the batch.
   *
   * @param int $batch
   *   The batch.
   * @param bool $isOpen
   *   Only those that can be cancelled: not let in, or with a run at work.
   * @param int $offset
   *   How many are left out.
   * @param int $limit
   *   At most so many.
   *
   * @return list<array{item: \Drupal\background_agents\Batch\BatchItem, run: ?int, state: ?string}>
   *   Each with the number and the state of its run.
   */
  public function page(int $batch, bool $isOpen, int $offset, int $limit): array {
    $query = $this->database->select(self::TABLE, 'i')->fields('i')->condition('i.batch', $batch)->orderBy('i.position')->range($offset, $limit);
    $query->leftJoin('background_agents_run', 'r', '[r].[uuid] = [i].[run]');
    $query->addField('r', 'id', 'run_id');
    $query->addField('r', 'state', 'run_state');
    if ($isOpen) {
      $query->condition($query->orConditionGroup()->condition('i.state', ItemState::toBeLetIn(), 'IN')->condition('r.state', RunState::open(), 'IN'));
    }
    return array_map(static fn (\stdClass $row): array => [
      'item' => BatchItem::fromRow($row),
      'run' => $row->run_id === NULL ? NULL : (int) $row->run_id,
      'state' => $row->run_state,
    ], $query->execute()->fetchAll());
  }

  /**
   * Notes the run of an item. Call it in the transaction that makes the run.
   *
   * @throws \Drupal\background_agents\Batch\AlreadyLetIn
   *   When the item does not wait any more: the run has to be rolled back.
   */
  public function start(int $batch, BatchItem $item, string $run): void {
    if (!$this->change($batch, $item, ItemState::Waiting, ItemState::Started, ['run' => $run])) {
      throw new AlreadyLetIn('The item does not wait any more.');
    }
  }

  /**
   * UUID of the run of an item; NULL: it has none, or is not of the batch.
   */
  public function runOf(int $batch, BatchItem $item): ?string {
    return $this->database->select(self::TABLE, 'i')->fields('i', ['run'])
      ->condition('batch', $batch)->condition('entity_type', $item->entityType)->condition('entity_id', $item->id)->condition('langcode', $item->langcode)
      ->execute()->fetchField() ?: NULL;
  }

  /**
   * Changes the state of an item, if it is in the one before.
   */
  public function change(int $batch, BatchItem $item, ItemState $from, ItemState $to, array $more = []): bool {
    return (bool) $this->database->update(self::TABLE)->fields($more + ['state' => $to->value])
      ->condition('batch', $batch)
      ->condition('entity_type', $item->entityType)
      ->condition('entity_id', $item->id)
      ->condition('langcode', $item->langcode)
      ->condition('state', $from->value)
      ->execute();
  }

  /**
   * Takes all items out that are not let in; retries are not made.
   *
   * @return int
   *   How many.
   */
  public function cancelRest(int $batch, ?string $reason = NULL): int {
    $rest = fn (ItemState $from, ItemState $to): int => (int) $this->database->update(self::TABLE)
      ->fields(['state' => $to->value] + ($to === ItemState::Cancelled ? ['reason' => $reason] : []))
      ->condition('batch', $batch)->condition('state', $from->value)->execute();
    return $rest(ItemState::Waiting, ItemState::Cancelled) + $rest(ItemState::Again, ItemState::Started);
  }

  /**
   * Notes who cancelled items. Call it in the transaction that cancels them.
   *
   * @param int $batch
   *   The batch, whose row is locked: all such items are of this transaction.
   * @param int $decision
   *   Number of the decision in the audit log.
   */
  public function noteDecision(int $batch, int $decision): void {
    $this->database->update(self::TABLE)->fields(['decision' => $decision])
      ->condition('batch', $batch)->condition('state', ItemState::Cancelled->value)->isNull('decision')->isNull('reason')->execute();
  }

  /**
   * Cancelled items whose runs are not made yet.
   *
   * @return list<array{item: \Drupal\background_agents\Batch\BatchItem, decision: ?string}>
   *   In the order of the batch, with the number of the decision.
   */
  public function cancelled(int $batch, int $limit): array {
    $rows = $this->database->select(self::TABLE, 'i')->fields('i')->condition('batch', $batch)->condition('state', ItemState::Cancelled->value)->orderBy('position')->range(0, $limit)->execute()->fetchAll();
    return array_map(static fn (\stdClass $row): array => [
      'item' => BatchItem::fromRow($row),
      'decision' => $row->decision,
    ], $rows);
  }

  /**
   * Lets the items in again whose runs have failed.
   *
   * @return int
   *   How many.
   */
  public function retryFailed(int $batch): int {
    $failed = $this->database->select('background_agents_run', 'r')->fields('r', ['uuid'])
      ->condition('batch', $batch)->condition('state', [RunState::Failed->value, RunState::Expired->value], 'IN');
    return (int) $this->database->update(self::TABLE)->fields(['state' => ItemState::Again->value])
      ->condition('batch', $batch)->condition('state', ItemState::Started->value)->condition('run', $failed, 'IN')->execute();
  }

  /**
   * How many items are in each state.
   *
   * @return array<string, int>
   *   By state; states without an item are left out.
   */
  public function countByState(int $batch): array {
    $query = $this->database->select(self::TABLE, 'i')->fields('i', ['state'])->condition('batch', $batch)->groupBy('state');
    $query->addExpression('COUNT(*)', 'n');
    return array_map(intval(...), $query->execute()->fetchAllKeyed());
  }

}
