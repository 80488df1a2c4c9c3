<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\State\StateInterface;

/**
 * The rows of batches. All SQL of their table.
 *
 * @internal
 */
final class BatchStore {

  public const string TABLE = 'background_agents_batch';

  /**
   * State: set while a batch may be open, so that other sites ask nothing.
   */
  private const string OPEN = 'background_agents.batches';

  /**
   * Batches that are looked after at a time, the oldest first.
   */
  private const int BATCHES = 20;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
    private readonly StateInterface $state,
  ) {}

  /**
   * Whether the table is there: not between new code and its updates.
   */
  public function isThere(): bool {
    return $this->database->schema()->tableExists(self::TABLE);
  }

  /**
   * Whether a batch may be open. Costs nothing where there never was one.
   */
  public function mayBeOpen(): bool {
    return (bool) $this->state->get(self::OPEN, FALSE);
  }

  /**
   * Notes whether a batch may be open.
   */
  public function noteOpen(bool $isOpen): void {
    if ($this->mayBeOpen() !== $isOpen) {
      $isOpen ? $this->state->set(self::OPEN, TRUE) : $this->state->delete(self::OPEN);
    }
  }

  /**
   * Keeps a new batch.
   *
   * @param array<string, mixed> $fields
   *   Columns.
   *
   * @return int
   *   Its number.
   */
  public function insert(array $fields): int {
    return (int) $this->database->insert(self::TABLE)->fields($fields + [
      'state' => BatchState::Running->value,
      'created' => $this->time->getCurrentTime(),
    ])->execute();
  }

  /**
   * Columns that tell by which door and means a batch was asked for.
   *
   * @return array<string, string|null>
   *   Values by column; none before the update that brings them.
   */
  public function askedBy(string $door, ?Via $via): array {
    return $this->database->schema()->fieldExists(self::TABLE, 'door') ? [
      'door' => $door,
      'via_means' => $via?->means,
      'via_key' => $via?->key,
      'via_name' => $via?->name,
    ] : [];
  }

  /**
   * The batch with a number; NULL: there is none.
   */
  public function load(int $id): ?Batch {
    return $this->one('id', $id);
  }

  /**
   * The batch that something asked for; NULL: none yet.
   */
  public function ofRequest(string $hash): ?Batch {
    return $this->one('request', $hash);
  }

  private function one(string $column, int|string $value): ?Batch {
    $row = $this->database->select(self::TABLE, 'b')->fields('b')->condition($column, $value)->execute()->fetchObject();
    return $row ? Batch::fromRow($row) : NULL;
  }

  /**
   * Batches whose items are let in, the oldest first.
   *
   * @return \Drupal\background_agents\Batch\Batch[]
   *   The batches.
   */
  public function running(): array {
    $rows = $this->database->select(self::TABLE, 'b')->fields('b')->condition('state', BatchState::Running->value)->orderBy('id')->range(0, self::BATCHES)->execute()->fetchAll();
    return array_map(Batch::fromRow(...), $rows);
  }

  /**
   * Batches with cancelled items whose runs are not made yet.
   *
   * @return \Drupal\background_agents\Batch\Batch[]
   *   The oldest first.
   */
  public function withCancelled(): array {
    $items = $this->database->select(ItemStore::TABLE, 'i')->fields('i', ['batch'])->where('[i].[batch] = [b].[id]')->condition('i.state', ItemState::Cancelled->value);
    $rows = $this->database->select(self::TABLE, 'b')->fields('b')->condition('b.state', BatchState::Done->value, '<>')->exists($items)->orderBy('b.id')->range(0, self::BATCHES)->execute()->fetchAll();
    return array_map(Batch::fromRow(...), $rows);
  }

  /**
   * Locks the row of a batch until the end of the transaction.
   */
  public function lock(int $id): void {
    $this->database->select(self::TABLE, 'b')->fields('b', ['id'])->condition('id', $id)->forUpdate()->execute()->fetchField();
  }

  /**
   * Whether items of a batch are let in now.
   */
  public function isRunning(int $id): bool {
    return (bool) $this->database->select(self::TABLE, 'b')->fields('b', ['id'])->condition('id', $id)->condition('state', BatchState::Running->value)->execute()->fetchField();
  }

  /**
   * A page of batches, the newest first.
   *
   * @param \Drupal\background_agents\Batch\BatchScope $scope
   *   Which of them.
   * @param int $offset
   *   How many are left out.
   * @param int $limit
   *   At most so many.
   *
   * @return \Drupal\background_agents\Batch\Batch[]
   *   The batches.
   */
  public function page(BatchScope $scope, int $offset, int $limit): array {
    if (!$this->isThere()) {
      return [];
    }
    $query = $this->database->select(self::TABLE, 'b')->fields('b')->orderBy('id', 'DESC')->range($offset, $limit);
    $scope->restrict($query, 'b');
    return array_map(Batch::fromRow(...), $query->execute()->fetchAll());
  }

  /**
   * Batches behind a place, the newest first.
   *
   * @param \Drupal\background_agents\Batch\BatchScope $scope
   *   Which of them.
   * @param int $before
   *   Only with a lower number; 0: from the newest.
   * @param int $limit
   *   At most so many.
   *
   * @return \Drupal\background_agents\Batch\Batch[]
   *   The batches.
   */
  public function before(BatchScope $scope, int $before, int $limit): array {
    if (!$this->isThere()) {
      return [];
    }
    $query = $this->database->select(self::TABLE, 'b')->fields('b')->orderBy('id', 'DESC')->range(0, $limit);
    $scope->restrict($query, 'b');
    if ($before > 0) {
      $query->condition('id', $before, '<');
    }
    return array_map(Batch::fromRow(...), $query->execute()->fetchAll());
  }

  /**
   * Changes the state of a batch, if it is in another one.
   *
   * @param int $id
   *   The batch.
   * @param \Drupal\background_agents\Batch\BatchState $state
   *   The new state.
   * @param \Drupal\background_agents\Batch\BatchState[] $from
   *   Only from these.
   * @param array<string, mixed> $more
   *   More columns.
   *
   * @return bool
   *   Whether it was changed.
   */
  public function change(int $id, BatchState $state, array $from, array $more = []): bool {
    $values = array_map(static fn (BatchState $one): string => $one->value, $from);
    return (bool) $this->database->update(self::TABLE)->fields($more + [
      'state' => $state->value,
      'reason' => NULL,
      'message' => NULL,
      'finished' => $state === BatchState::Done ? $this->time->getCurrentTime() : NULL,
    ])->condition('id', $id)->condition('state', $values, 'IN')->execute();
  }

  /**
   * Ends batches of which nothing is waiting or at work any more.
   */
  public function settle(): void {
    $open = [BatchState::Running, BatchState::Paused];
    $left = $this->database->select(ItemStore::TABLE, 'i')->fields('i', ['batch'])->where('[i].[batch] = [b].[id]')->condition('i.state', ItemState::withoutEnd(), 'IN');
    $working = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->where('[r].[batch] = [b].[id]')->condition('r.state', RunState::open(), 'IN');
    $ids = $this->database->select(self::TABLE, 'b')->fields('b', ['id'])
      ->condition('b.state', array_map(static fn (BatchState $state): string => $state->value, $open), 'IN')
      ->notExists($left)->notExists($working)->execute()->fetchCol();
    foreach ($ids as $id) {
      $this->change((int) $id, BatchState::Done, $open);
    }
  }

  /**
   * Whether any batch has not ended.
   */
  public function hasOpen(): bool {
    return (bool) $this->database->select(self::TABLE, 'b')->fields('b', ['id'])->condition('state', BatchState::Done->value, '<>')->range(0, 1)->execute()->fetchField();
  }

  /**
   * Deletes batches that ended before a time and have no run any more.
   */
  public function deleteEndedBefore(int $time, int $limit): void {
    $runs = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->where('[r].[batch] = [b].[id]');
    $ids = $this->database->select(self::TABLE, 'b')->fields('b', ['id'])->condition('b.finished', $time, '<')->notExists($runs)->orderBy('b.finished')->range(0, $limit)->execute()->fetchCol();
    if ($ids !== []) {
      $this->database->delete(ItemStore::TABLE)->condition('batch', $ids, 'IN')->execute();
      $this->database->delete(self::TABLE)->condition('id', $ids, 'IN')->execute();
    }
  }

}
