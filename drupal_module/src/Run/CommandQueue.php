<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Run;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * What people told runs to do, until the sidecar says that it is done.
 *
 * All SQL of the table; who may say what is RunCommands' business.
 *
 * @internal
 */
final class CommandQueue {

  private const TABLE = 'background_agents_command';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Adds a command.
   *
   * @param bool $done
   *   TRUE: it was carried out here, and is kept as history.
   *
   * @return int
   *   Its id.
   */
  public function add(Run $run, string $command, array $data, ?int $uid, bool $done = FALSE): int {
    $more = ['uid' => $uid, 'done' => (int) $done];
    return $this->insert((int) $run->id(), $run->getGeneration(), $command, $data, $more);
  }

  /**
   * Leaves a command that nobody in particular gives.
   */
  public function leave(int $run, int $generation, string $command, array $data = []): void {
    $this->insert($run, $generation, $command, $data, ['uid' => NULL, 'done' => 0]);
  }

  private function insert(int $run, int $generation, string $command, array $data, array $more): int {
    return (int) $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'generation' => $generation,
      'command' => $command,
      'data' => Json::encode($data),
      'created' => $this->time->getCurrentTime(),
    ] + $more)->execute();
  }

  /**
   * Commands that are not done yet.
   *
   * @param int $limit
   *   At most so many.
   * @param int|null $run
   *   Numeric id of a run; NULL: of all.
   *
   * @return array[]
   *   As in the answer to events: id, run, command, data, by; oldest first.
   */
  public function pending(int $limit = 200, ?int $run = NULL): array {
    $query = $this->database->select(self::TABLE, 'c')->fields('c', ['id', 'command', 'data', 'uid'])->condition('c.done', 0)->orderBy('c.id')->range(0, $limit);
    $query->join('background_agents_run', 'r', 'r.id = c.run');
    $query->fields('r', ['uuid']);
    $query->leftJoin('users_field_data', 'u', 'u.uid = c.uid AND u.default_langcode = 1');
    $query->addField('u', 'name', 'user_name');
    if ($run !== NULL) {
      $query->condition('c.run', $run);
    }
    return array_map(static fn (\stdClass $row): array => array_filter([
      'id' => (int) $row->id,
      'run' => $row->uuid,
      'command' => $row->command,
      'data' => json_decode($row->data, FALSE) ?: NULL,
      'by' => $row->user_name,
    ], static fn (mixed $value): bool => $value !== NULL), $query->execute()->fetchAll());
  }

  /**
   * The name of the newest command of a run that is not done; NULL: none.
   *
   * That a child has ended is no wish of anybody.
   */
  public function pendingCommand(int $run): ?string {
    $pending = array_diff(array_column($this->pending(50, $run), 'command'), [RunFamily::WAKE]);
    return $pending === [] ? NULL : end($pending);
  }

  /**
   * Notes that commands were carried out.
   *
   * @param array<int|float> $ids
   *   Their ids, as JSON gave them.
   */
  public function markDone(array $ids): void {
    if ($ids !== []) {
      $this->database->update(self::TABLE)->fields(['done' => 1])->condition('id', array_map(intval(...), $ids), 'IN')->execute();
    }
  }

  /**
   * Notes that a run takes no commands any more.
   */
  public function close(int $run): void {
    $this->database->update(self::TABLE)->fields(['done' => 1])->condition('run', $run)->condition('done', 0)->execute();
  }

  /**
   * Decisions that people took in a generation of a run.
   *
   * @return array[]
   *   As in the job: id, decision, note, by; oldest first.
   */
  public function answers(int $run, int $generation): array {
    $query = $this->database->select(self::TABLE, 'c')->fields('c', ['data'])
      ->condition('c.run', $run)->condition('c.generation', $generation)->condition('c.command', 'decide')->orderBy('c.id');
    $query->leftJoin('users_field_data', 'u', 'u.uid = c.uid AND u.default_langcode = 1');
    $query->addField('u', 'name', 'user_name');
    return array_map(static fn (\stdClass $row): array => json_decode($row->data, TRUE) + array_filter(['by' => $row->user_name]), $query->execute()->fetchAll());
  }

  /**
   * The retry that was asked for under an id.
   *
   * @return array{id: string, from_step: int}|null
   *   NULL: none was.
   */
  public function retryOf(int $run, string $id): ?array {
    $retries = $this->database->select(self::TABLE, 'c')->fields('c', ['data'])
      ->condition('c.run', $run)->condition('c.command', 'retry')->execute()->fetchCol();
    foreach ($retries as $data) {
      $said = json_decode($data, TRUE);
      if (($said['id'] ?? NULL) === $id) {
        return $said + ['from_step' => 1];
      }
    }
    return NULL;
  }

  /**
   * Who had a run begin anew.
   *
   * @return int[]
   *   Ids of accounts.
   */
  public function retriedBy(int $run): array {
    return array_map(intval(...), $this->database->select(self::TABLE, 'c')->fields('c', ['uid'])
      ->condition('c.run', $run)->condition('c.command', 'retry')->isNotNull('c.uid')->distinct()->execute()->fetchCol());
  }

  /**
   * Whether a run is paused, or was told to pause last.
   */
  public function isPaused(Run $run): bool {
    $last = $this->database->select(self::TABLE, 'c')->fields('c', ['command'])
      ->condition('run', $run->id())->condition('done', 0)->condition('command', ['pause', 'resume'], 'IN')
      ->orderBy('id', 'DESC')->range(0, 1)->execute()->fetchField();
    return $last ? $last === 'pause' : $run->getState() === RunState::Paused;
  }

  /**
   * Deletes the commands of some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function delete(array $runs): void {
    if ($runs !== []) {
      $this->database->delete(self::TABLE)->condition('run', $runs, 'IN')->execute();
    }
  }

}
