<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Where runs, drafts and commands name an account. All SQL of it.
 *
 * @internal
 */
final class PersonalRows {

  /**
   * Columns that hold the ids of accounts, by table.
   */
  private const array COLUMNS = [
    'background_agents_run' => ['uid'],
    'background_agents_change' => ['decided_by'],
    'background_agents_command' => ['uid'],
    'background_agents_batch' => ['uid', 'retried_by'],
  ];

  /**
   * Runs that are read or deleted at a time.
   */
  private const int RUNS = 200;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Takes an account out of all rows. They stay, as of nobody.
   */
  public function forget(int $uid): void {
    foreach (array_keys(self::COLUMNS) as $table) {
      $this->forgetIn($table, $uid);
    }
  }

  /**
   * Makes the runs and batches that a person asked for those of nobody.
   */
  public function forgetRuns(int $uid): void {
    $this->forgetIn('background_agents_run', $uid);
    $this->forgetIn('background_agents_batch', $uid);
  }

  /**
   * Deletes the runs that a person asked for.
   *
   * Those stay that have not ended, and those whose drafts nobody has decided
   * about: they are work of the site.
   */
  public function deleteRuns(int $uid): void {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    while (($ids = $this->deletable($uid)) !== []) {
      // Deleting the entities deletes what belongs to them, see RunDeleted.
      $storage->delete($storage->loadMultiple($ids));
    }
  }

  /**
   * The runs that a person asked for, in order.
   *
   * @return int[]
   *   Numeric ids after one, at most so many as are read at a time.
   */
  public function runs(int $uid, int $after): array {
    return array_map(intval(...), $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('uid', $uid)->condition('id', $after, '>')->orderBy('id')->range(0, self::RUNS)->execute()->fetchCol());
  }

  /**
   * The drafts that a person decided about.
   *
   * @return int[]
   *   Numeric ids.
   */
  public function decided(int $uid): array {
    return array_map(intval(...), $this->database->select('background_agents_change', 'c')->fields('c', ['id'])
      ->condition('decided_by', $uid)->orderBy('id')->execute()->fetchCol());
  }

  /**
   * The batches that a person asked for, in order.
   *
   * @return list<array{id: int, agent: string, items: int, state: string, input: string, created: int}>
   *   As they are kept.
   */
  public function batches(int $uid): array {
    if (!$this->isThere('background_agents_batch')) {
      return [];
    }
    $rows = $this->database->select('background_agents_batch', 'b')->fields('b')
      ->condition('uid', $uid)->orderBy('id')->execute()->fetchAll();
    return array_map(static fn (\stdClass $row): array => [
      'id' => (int) $row->id,
      'agent' => $row->agent,
      'items' => (int) $row->items,
      'state' => $row->state,
      'input' => $row->input,
      'created' => (int) $row->created,
    ], $rows);
  }

  /**
   * The dispatch keys of a person, without what opens anything.
   *
   * @return list<array<string, mixed>>
   *   As they are kept.
   */
  public function keys(int $uid): array {
    if (!$this->isThere('background_agents_key')) {
      return [];
    }
    $columns = ['id', 'name', 'agents', 'created', 'expires', 'used', 'used_door', 'used_address'];
    return array_map(static fn (\stdClass $row): array => (array) $row, $this->database->select('background_agents_key', 'k')->fields('k', $columns)
      ->condition('uid', $uid)->orderBy('created')->execute()->fetchAll());
  }

  private function forgetIn(string $table, int $uid): void {
    if (!$this->isThere($table)) {
      return;
    }
    if (in_array($table, ['background_agents_run', 'background_agents_batch'], TRUE)) {
      $this->forgetNames($table, $uid);
    }
    foreach (self::COLUMNS[$table] as $column) {
      $this->database->update($table)->fields([$column => NULL])->condition($column, $uid)->execute();
    }
    if ($this->entityTypeManager->hasDefinition($table)) {
      $this->entityTypeManager->getStorage($table)->resetCache();
    }
  }

  /**
   * Whether a table is there: not between new code and its updates.
   */
  private function isThere(string $table): bool {
    return $this->database->schema()->tableExists($table);
  }

  /**
   * Takes the names of a person's keys out of their runs, or their batches.
   */
  private function forgetNames(string $table, int $uid): void {
    if ($this->database->schema()->fieldExists($table, 'via_key')) {
      $this->database->update($table)->fields(['via_key' => NULL, 'via_name' => NULL])->condition('uid', $uid)->execute();
    }
  }

  /**
   * Runs that may be deleted with the person.
   *
   * @return int[]
   *   Numeric ids.
   */
  private function deletable(int $uid): array {
    $pending = $this->database->select('background_agents_change', 'c')->where('[c].[run] = [r].[id]')->condition('c.status', Change::PENDING);
    $pending->addExpression('1');
    return $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('r.uid', $uid)
      ->condition('r.state', RunState::open(), 'NOT IN')
      ->notExists($pending)
      ->range(0, self::RUNS)->execute()->fetchCol();
  }

}
