<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Cache\CacheTagsInvalidatorInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The rows of runs: found by UUID, locked, and changed.
 *
 * Events come by the thousand; a save of the entity for each would cost its
 * hooks and its load. So the row is written directly, and here only.
 *
 * @internal
 */
final class RunStore {

  private const TABLE = 'background_agents_run';

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly CacheTagsInvalidatorInterface $cacheTagsInvalidator,
    private readonly TimeInterface $time,
    private readonly RunAliases $aliases,
  ) {}

  /**
   * The run with this UUID, or the one that it was folded into.
   *
   * @return \Drupal\background_agents\Entity\Run|null
   *   NULL when there is none (yet). Access is not checked.
   */
  public function byUuid(string $uuid): ?Run {
    return $this->exact($uuid) ?? $this->byAlias($uuid);
  }

  private function exact(string $uuid): ?Run {
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadByProperties(['uuid' => $uuid]);
    return reset($runs) ?: NULL;
  }

  private function byAlias(string $uuid): ?Run {
    $target = $this->aliases->runOf($uuid);
    return $target === NULL ? NULL : $this->exact($target);
  }

  /**
   * The run that was made with this key; NULL: none yet.
   */
  public function byKeyHash(string $hash): ?Run {
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadByProperties(['dedupe' => $hash]);
    return reset($runs) ?: NULL;
  }

  /**
   * Locks the row of a run until the end of the transaction.
   *
   * @return \Drupal\background_agents\Run\LockedRun|null
   *   NULL when there is no such run.
   */
  public function lock(string $uuid): ?LockedRun {
    $row = $this->database->select(self::TABLE, 'r')
      ->fields('r', LockedRun::COLUMNS)
      ->condition('uuid', $uuid)
      ->forUpdate()
      ->execute()
      ->fetchAssoc();
    return $row ? LockedRun::fromRow($row) : NULL;
  }

  /**
   * Changes columns of a run.
   *
   * @param int $id
   *   Numeric id of the run.
   * @param array<string, mixed> $values
   *   Values by name of the field.
   */
  public function update(int $id, array $values): void {
    $this->database->update(self::TABLE)
      ->fields($values + ['updated' => $this->time->getCurrentTime()])
      ->condition('id', $id)
      ->execute();
    $this->entityTypeManager->getStorage('background_agents_run')->resetCache([$id]);
    $this->cacheTagsInvalidator->invalidateTags(["background_agents_run:$id", 'background_agents_run_list']);
  }

  /**
   * Inserts runs that have ended already. No hook is told of them.
   *
   * @param list<array<string, mixed>> $runs
   *   Values by name of the field; of each run also its UUID.
   *
   * @return array<string, int>
   *   Numeric ids by UUID.
   */
  public function insertEnded(array $runs): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $insert = NULL;
    foreach ($runs as $values) {
      // The entity knows the defaults of what is not given.
      $run = $storage->create($values);
      assert($run instanceof Run);
      $row = [];
      foreach (array_diff_key($run->getFields(FALSE), ['id' => TRUE]) as $name => $items) {
        $property = $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName();
        $row[$name] = $items->first()?->getValue()[$property] ?? NULL;
      }
      $row['dry_run'] = (int) $row['dry_run'];
      $insert ??= $this->database->insert(self::TABLE)->fields(array_keys($row));
      $insert->values($row);
    }
    $insert?->execute();
    $this->cacheTagsInvalidator->invalidateTags(['background_agents_run_list']);
    $uuids = array_column($runs, 'uuid');
    $ids = $this->database->select(self::TABLE, 'r')->fields('r', ['uuid', 'id'])->condition('uuid', $uuids, 'IN');
    return $uuids === [] ? [] : array_map(intval(...), $ids->execute()->fetchAllKeyed());
  }

  /**
   * Columns for what a run has spent.
   *
   * @param \stdClass|null $usage
   *   The `usage` of the contracts; members may be absent.
   *
   * @return array<string, int>
   */
  public static function usageColumns(?\stdClass $usage): array {
    $columns = [];
    foreach (Run::USAGE as $name) {
      if (isset($usage->{$name})) {
        $columns[$name] = (int) $usage->{$name};
      }
    }
    return $columns;
  }

  /**
   * The run as it is in the database now.
   */
  public function load(int $id): ?Run {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $storage->resetCache([$id]);
    $run = $storage->load($id);
    return $run instanceof Run ? $run : NULL;
  }

  /**
   * How many runs are in each state.
   *
   * @return array<string, int>
   *   By state; states without a run are left out.
   */
  public function countByState(): array {
    $query = $this->database->select(self::TABLE, 'r')->fields('r', ['state'])->groupBy('state');
    $query->addExpression('COUNT(*)', 'n');
    return array_map(intval(...), $query->execute()->fetchAllKeyed());
  }

  /**
   * How many runs one trigger made since a time.
   */
  public function countOfTrigger(string $trigger, int $since): int {
    return (int) $this->database->select(self::TABLE, 'r')
      ->condition('trigger_id', $trigger)
      ->condition('created', $since, '>=')
      ->countQuery()->execute()->fetchField();
  }

  /**
   * The runs of a trigger that have not ended, the oldest first.
   *
   * @return list<\Drupal\background_agents\Entity\Run>
   *   Runs.
   */
  public function openOfTrigger(string $type, string $trigger): array {
    $ids = $this->database->select(self::TABLE, 'r')
      ->fields('r', ['id'])
      ->condition('trigger_id', $trigger)
      ->condition('trigger_type', $type)
      ->condition('state', RunState::open(), 'IN')
      ->orderBy('created')->orderBy('id')
      ->execute()->fetchCol();
    return array_values($this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($ids));
  }

  /**
   * UUIDs of the runs of a batch that have not ended.
   *
   * @return string[]
   *   The oldest first.
   */
  public function openOfBatch(int $batch): array {
    return $this->database->select(self::TABLE, 'r')->fields('r', ['uuid'])->condition('batch', $batch)->condition('state', RunState::open(), 'IN')->orderBy('id')->execute()->fetchCol();
  }

  /**
   * Ids of open runs that nothing was heard of since a time.
   *
   * @return array<int, string>
   *   UUIDs by id.
   */
  public function silentSince(int $time, int $limit): array {
    return $this->database->select(self::TABLE, 'r')
      ->fields('r', ['id', 'uuid'])
      ->condition('state', RunState::open(), 'IN')
      ->condition('updated', $time, '<')
      ->orderBy('id')->range(0, $limit)->execute()->fetchAllKeyed();
  }

  /**
   * Ids of ended runs about whose drafts nobody has to decide, oldest first.
   *
   * A run stays as long as one that it started: who asked for the upper one is
   * who may not accept drafts of the lower one, where that takes two people.
   *
   * @return int[]
   */
  public function settledBefore(int $time, int $limit): array {
    $undecided = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])->where('c.run = r.id')->condition('c.status', Change::PENDING);
    $sentBack = $this->database->select('background_agents_sent_back', 's')->fields('s', ['id'])->where('s.run = r.id')->condition('s.round', 0);
    $below = $this->database->select(self::TABLE, 'b')->fields('b', ['id'])->where('b.parent = r.uuid');
    return array_map(intval(...), $this->database->select(self::TABLE, 'r')
      ->fields('r', ['id'])
      ->condition('r.state', RunState::open(), 'NOT IN')
      ->condition('r.finished', $time, '<')
      ->notExists($undecided)
      ->notExists($sentBack)
      ->notExists($below)
      ->orderBy('r.finished')->range(0, $limit)->execute()->fetchCol());
  }

  /**
   * Which of these runs have ended, or do not exist.
   *
   * @param string[] $uuids
   *   UUIDs.
   *
   * @return string[]
   */
  public function endedAmong(array $uuids): array {
    if ($uuids === []) {
      return [];
    }
    $open = $this->database->select(self::TABLE, 'r')
      ->fields('r', ['uuid'])
      ->condition('uuid', $uuids, 'IN')
      ->condition('state', RunState::open(), 'IN')
      ->execute()->fetchCol();
    return array_values(array_diff($uuids, $open));
  }

}
