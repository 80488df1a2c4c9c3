<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * The events of runs. All SQL of their two tables.
 *
 * @internal
 */
final class EventStore {

  private const TABLE = 'background_agents_event';
  private const PAYLOADS = 'background_agents_event_payload';

  private const COLUMNS = ['run', 'seq', 'type', 'step', 'time', 'created', 'hash', 'data', 'payload'];

  /**
   * Data up to this many bytes stay in the event's own row.
   */
  private const INLINE_BYTES = 4096;

  /**
   * Events that tell what a person decided.
   */
  private const DECISIONS = ['run_queued', 'run_paused', 'run_resumed', 'approval_given', 'run_finished'];

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Stores events. Call it in the transaction that raises last_seq.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param \stdClass[] $events
   *   Valid events with their hashes, in order.
   */
  public function insert(int $run, array $events): void {
    if ($events === []) {
      return;
    }
    $now = $this->time->getCurrentTime();
    $rows = $this->database->insert(self::TABLE)->fields(self::COLUMNS);
    $payloads = $this->database->insert(self::PAYLOADS)->fields(['run', 'seq', 'created', 'data']);
    $long = 0;
    foreach ($events as $event) {
      $data = Json::encode($event->data);
      $isLong = strlen($data) > self::INLINE_BYTES;
      if ($isLong) {
        $payloads->values([$run, $event->seq, $now, gzcompress($data)]);
        $data = Json::encode(ShortForm::of($event->data));
        $long++;
      }
      $rows->values([
        $run,
        $event->seq,
        $event->type,
        self::step($event),
        $event->time,
        $now,
        $event->hash,
        $data,
        (int) $isLong,
      ]);
    }
    $rows->execute();
    if ($long > 0) {
      $payloads->execute();
    }
  }

  /**
   * Adds an event that this site makes, of a run that has no sidecar.
   *
   * Call it in the transaction that raises last_seq.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $seq
   *   Its number.
   * @param string $type
   *   Its type.
   * @param array<string, mixed> $data
   *   Its data.
   */
  public function append(int $run, int $seq, string $type, array $data): void {
    $event = (object) [
      'seq' => $seq,
      'type' => $type,
      'time' => Json::time($this->time->getCurrentTime()),
      'data' => (object) $data,
    ];
    $event->hash = substr(hash('sha256', Json::encode($event)), 0, 32);
    $this->insert($run, [$event]);
  }

  /**
   * Puts another name where events say by whom something was decided.
   */
  public function rename(int $run, string $name, string $pseudonym): void {
    $rows = $this->database->select(self::TABLE, 'e')->fields('e', ['seq', 'data', 'payload'])
      ->condition('run', $run)->condition('type', self::DECISIONS, 'IN')->execute()->fetchAll();
    foreach ($rows as $row) {
      $this->renameIn(self::TABLE, $run, (int) $row->seq, $row->data, $name, $pseudonym);
      foreach ($row->payload ? $this->payloads($run, [$row->seq]) : [] as $data) {
        $this->renameIn(self::PAYLOADS, $run, (int) $row->seq, $data, $name, $pseudonym);
      }
    }
  }

  private function renameIn(string $table, int $run, int $seq, string $json, string $name, string $pseudonym): void {
    $data = json_decode($json, FALSE, 512, JSON_THROW_ON_ERROR);
    // Several people may have sent a run back: names have no comma.
    $names = explode(', ', is_string($data->by ?? NULL) ? $data->by : '');
    if (!in_array($name, $names, TRUE)) {
      return;
    }
    $data->by = implode(', ', array_replace($names, array_fill_keys(array_keys($names, $name, TRUE), $pseudonym)));
    $text = Json::encode($data);
    $this->database->update($table)
      ->fields(['data' => $table === self::PAYLOADS ? gzcompress($text) : $text])
      ->condition('run', $run)->condition('seq', $seq)
      ->execute();
  }

  private static function step(\stdClass $event): ?int {
    return isset($event->step) ? (int) $event->step : NULL;
  }

  /**
   * Hashes of stored events.
   *
   * @return array<int, string>
   *   By number.
   */
  public function hashes(int $run, int $from, int $to): array {
    return $this->database->select(self::TABLE, 'e')
      ->fields('e', ['seq', 'hash'])
      ->condition('run', $run)
      ->condition('seq', [$from, $to], 'BETWEEN')
      ->execute()->fetchAllKeyed();
  }

  /**
   * Events of a run after a number.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $after
   *   The last number that the reader has; 0: none.
   * @param int $limit
   *   At most so many.
   *
   * @return array[]
   *   As in the contract, without hash; `data` decoded with objects as
   *   \stdClass. `truncated` is TRUE when the large values are gone.
   */
  public function after(int $run, int $after, int $limit = 200): array {
    $rows = $this->database->select(self::TABLE, 'e')
      ->fields('e', ['seq', 'type', 'step', 'time', 'data', 'payload'])
      ->condition('run', $run)
      ->condition('seq', $after, '>')
      ->orderBy('seq')
      ->range(0, $limit)
      ->execute()->fetchAll();
    $payloads = $this->payloads($run, array_column(array_filter($rows, static fn (\stdClass $row): bool => (bool) $row->payload), 'seq'));
    return array_map(static fn (\stdClass $row): array => [
      'seq' => (int) $row->seq,
      'type' => $row->type,
      'time' => $row->time,
      'step' => $row->step === NULL ? NULL : (int) $row->step,
      'data' => json_decode($payloads[$row->seq] ?? $row->data, FALSE, 512, JSON_THROW_ON_ERROR),
    ] + ($row->payload && !isset($payloads[$row->seq]) ? ['truncated' => TRUE] : []), $rows);
  }

  /**
   * The data of the newest event of a type; NULL: there is none.
   */
  public function newest(int $run, string $type): ?\stdClass {
    return $this->atTheEnd($run, $type, 'DESC');
  }

  /**
   * The data of the oldest event of a type; NULL: there is none.
   */
  public function oldest(int $run, string $type): ?\stdClass {
    return $this->atTheEnd($run, $type, 'ASC');
  }

  private function atTheEnd(int $run, string $type, string $order): ?\stdClass {
    $row = $this->database->select(self::TABLE, 'e')->fields('e', ['seq', 'data'])
      ->condition('run', $run)->condition('type', $type)->orderBy('seq', $order)->range(0, 1)->execute()->fetchObject();
    if (!$row) {
      return NULL;
    }
    return json_decode($this->payloads($run, [$row->seq])[$row->seq] ?? $row->data, FALSE, 512, JSON_THROW_ON_ERROR);
  }

  /**
   * The short form of all events of some types, oldest first.
   *
   * @return array<array{string, string, \stdClass}>
   *   Type, time and data of each.
   */
  public function ofTypes(int $run, array $types): array {
    $rows = $this->database->select(self::TABLE, 'e')->fields('e', ['type', 'time', 'data'])
      ->condition('run', $run)->condition('type', $types, 'IN')->orderBy('seq')->execute()->fetchAll();
    return array_map(static fn (\stdClass $row): array => [
      $row->type,
      $row->time,
      json_decode($row->data, FALSE, 512, JSON_THROW_ON_ERROR),
    ], $rows);
  }

  /**
   * A question that the run asked a person; NULL when it did not ask this.
   */
  public function question(int $run, string $id): ?\stdClass {
    $rows = $this->database->select(self::TABLE, 'e')->fields('e', ['seq', 'data'])
      ->condition('run', $run)->condition('type', 'approval_requested')->orderBy('seq')->execute()->fetchAllKeyed();
    foreach ($this->payloads($run, array_keys($rows)) + $rows as $data) {
      $question = json_decode($data, FALSE, 512, JSON_THROW_ON_ERROR);
      if (($question->id ?? NULL) === $id) {
        return $question;
      }
    }
    return NULL;
  }

  /**
   * Returns the data of events, by their number.
   *
   * @return array<int, string>
   *   JSON by number.
   */
  private function payloads(int $run, array $seqs): array {
    if ($seqs === []) {
      return [];
    }
    $blobs = $this->database->select(self::PAYLOADS, 'p')->fields('p', ['seq', 'data'])
      ->condition('run', $run)->condition('seq', $seqs, 'IN')->execute()->fetchAllKeyed();
    return array_map(gzuncompress(...), $blobs);
  }

  /**
   * Deletes large values that are older than a time, of ended runs.
   *
   * @return int
   *   How many were deleted.
   */
  public function deletePayloadsBefore(int $time, int $limit): int {
    return $this->deleteOld(self::PAYLOADS, $time, $limit);
  }

  /**
   * Deletes events that are older than a time, of ended runs.
   *
   * @return int
   *   How many were deleted.
   */
  public function deleteEventsBefore(int $time, int $limit): int {
    return $this->deleteOld(self::TABLE, $time, $limit);
  }

  private function deleteOld(string $table, int $time, int $limit): int {
    $query = $this->database->select($table, 'e')->fields('e', ['run'])->condition('e.created', $time, '<');
    $query->join('background_agents_run', 'r', 'r.id = e.run');
    $runs = $query->condition('r.state', RunState::open(), 'NOT IN')->distinct()->range(0, $limit)->execute()->fetchCol();
    return $runs === [] ? 0 : (int) $this->database->delete($table)->condition('run', $runs, 'IN')->condition('created', $time, '<')->execute();
  }

  /**
   * Deletes all events of some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function delete(array $runs): void {
    foreach ($runs === [] ? [] : [self::PAYLOADS, self::TABLE] as $table) {
      $this->database->delete($table)->condition('run', $runs, 'IN')->execute();
    }
  }

}
