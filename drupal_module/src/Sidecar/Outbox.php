<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;

/**
 * The jobs of all runs that have not ended. All SQL of its table.
 *
 * With the mysql transport the sidecar claims new rows by itself.
 *
 * @internal
 */
final class Outbox {

  private const TABLE = 'background_agents_outbox';

  /**
   * Seconds that a claim holds until the sidecar has reported.
   */
  public const CLAIM = 60;

  private const NEW = 0;
  private const CLAIMED = 1;

  /**
   * Seconds that a point of priority puts a job ahead of others.
   *
   * Rows are handed out by the time since which they may be. A priority below
   * 0 is no reason to keep a job back: the sidecar puts it behind the others.
   */
  public const int AHEAD = 60;

  /**
   * Longest wait between two pushes of a job, in seconds.
   */
  private const MAX_BACKOFF = 900;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
    private readonly SiteIdentity $identity,
  ) {}

  /**
   * Puts a job in. Call it in the transaction that makes the run.
   *
   * @param string $run
   *   UUID of the run.
   * @param int $attempt
   *   Attempts that were made before, of older generations.
   * @param int $generation
   *   Generation of the run.
   * @param array<string, mixed> $job
   *   The job, without attempt.
   */
  public function insert(string $run, int $attempt, int $generation, array $job): OutboxRow {
    $now = $this->time->getCurrentTime();
    $json = Json::encode($job);
    $id = $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'status' => self::NEW,
      'available_at' => $now - self::AHEAD * max(0, $job['priority'] ?? 0),
      'attempt' => $attempt,
      'generation' => $generation,
      'job' => $json,
      'created' => $now,
    ] + $this->identity->document())->execute();
    return new OutboxRow((int) $id, $run, $attempt, $generation, $json, $job);
  }

  /**
   * Rows that are new and due, or whose claim ran out unheard.
   *
   * @param int $limit
   *   At most so many.
   * @param string[]|null $runs
   *   Only these runs; NULL: all.
   * @param bool $asked
   *   Whether the sidecar asks by itself: then a row that could not be pushed
   *   does not wait for its next push.
   *
   * @return \Drupal\background_agents\Sidecar\OutboxRow[]
   */
  public function due(int $limit, ?array $runs = NULL, bool $asked = FALSE): array {
    $now = $this->time->getCurrentTime();
    $query = $this->select($limit, $runs);
    $lost = $query->andConditionGroup()
      ->condition('o.status', self::CLAIMED)
      ->condition('o.claimed_until', $now, '<')
      ->condition('r.last_seq', 0)
      ->condition('r.state', RunState::Queued->value);
    $query->leftJoin('background_agents_run', 'r', 'r.uuid = o.run');
    $new = $query->andConditionGroup()->condition('o.status', self::NEW);
    if (!$asked) {
      $new->condition('o.available_at', $now, '<=');
    }
    return self::rows($query->condition($query->orConditionGroup()->condition($new)->condition($lost))
      ->orderBy('o.available_at')
      ->orderBy('o.id'));
  }

  /**
   * All rows, whoever claimed them: the sidecar has lost its memory.
   *
   * @param int $limit
   *   At most so many.
   * @param int $after
   *   Only rows with a higher id.
   * @param string[]|null $runs
   *   Only these runs.
   *
   * @return \Drupal\background_agents\Sidecar\OutboxRow[]
   *   By id.
   */
  public function unfinished(int $limit, int $after, ?array $runs = NULL): array {
    return self::rows($this->select($limit, $runs)->condition('o.id', $after, '>')->orderBy('o.id'));
  }

  /**
   * Reads the rows that a query finds.
   *
   * @return \Drupal\background_agents\Sidecar\OutboxRow[]
   */
  private static function rows(SelectInterface $query): array {
    return array_map(OutboxRow::fromRow(...), $query->execute()->fetchAll());
  }

  private function select(int $limit, ?array $runs): SelectInterface {
    $query = $this->database->select(self::TABLE, 'o')
      ->fields('o', ['id', 'run', 'attempt', 'generation', 'job'])
      ->range(0, $limit);
    if ($runs !== NULL) {
      // No run has an empty UUID: an empty list asks for none.
      $query->condition('o.run', $runs ?: [''], 'IN');
    }
    return $query;
  }

  /**
   * Claims a row, unless somebody else just did; commits at once.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow $row
   *   The row as it was read or put in.
   * @param string $claimer
   *   Who claims: a worker's name, or "push".
   *
   * @return int|null
   *   The new attempt; NULL when the row was claimed meanwhile or is gone.
   */
  public function claim(OutboxRow $row, string $claimer): ?int {
    $claimed = $this->database->update(self::TABLE)
      ->fields([
        'status' => self::CLAIMED,
        'attempt' => $row->attempt + 1,
        'claimed_by' => mb_substr($claimer, 0, 128),
        'claimed_until' => $this->time->getCurrentTime() + self::CLAIM,
      ])
      ->condition('id', $row->id)
      ->condition('attempt', $row->attempt)
      ->execute();
    return $claimed === 1 ? $row->attempt + 1 : NULL;
  }

  /**
   * Gives a claimed row back, to be sent again later.
   */
  public function release(string $run, int $attempt): void {
    $delay = min(self::MAX_BACKOFF, 15 * 2 ** min(10, max(0, $attempt - 1)));
    $this->database->update(self::TABLE)
      ->fields([
        'status' => self::NEW,
        'available_at' => $this->time->getCurrentTime() + $delay,
        'claimed_by' => NULL,
        'claimed_until' => NULL,
      ])
      ->condition('run', $run)
      ->condition('attempt', $attempt)
      ->execute();
  }

  /**
   * Attempt and generation of a run's row; NULL when the run has ended.
   *
   * @return array{attempt: int, generation: int}|null
   */
  public function attemptOf(string $run): ?array {
    $row = $this->database->select(self::TABLE, 'o')->fields('o', ['attempt', 'generation'])->condition('run', $run)->execute()->fetchAssoc();
    return $row ? array_map(intval(...), $row) : NULL;
  }

  /**
   * The job of a run; NULL when the run has ended, or it cannot be read.
   */
  public function jobOf(string $run): ?\stdClass {
    $json = $this->database->select(self::TABLE, 'o')->fields('o', ['job'])->condition('run', $run)->execute()->fetchField();
    $job = $json === FALSE ? NULL : json_decode($json);
    return $job instanceof \stdClass ? $job : NULL;
  }

  /**
   * Locks a run's row; its attempt, or NULL when the run has ended.
   *
   * A locking read: it sees what was committed, and fixes no older view.
   */
  public function lockAttempt(string $run): ?int {
    $attempt = $this->database->select(self::TABLE, 'o')->fields('o', ['attempt'])->condition('run', $run)->forUpdate()->execute()->fetchField();
    return $attempt === FALSE ? NULL : (int) $attempt;
  }

  /**
   * Notes that the sidecar has the run, as its report tells.
   */
  public function reported(string $run): void {
    $this->database->update(self::TABLE)
      ->fields(['status' => self::CLAIMED, 'claimed_until' => $this->time->getCurrentTime() + self::CLAIM])
      ->condition('run', $run)
      ->condition('status', self::NEW)
      ->execute();
  }

  /**
   * Runs whose attempt cannot be raised any more.
   *
   * @return string[]
   *   UUIDs.
   */
  public function exhausted(int $limit): array {
    return $this->database->select(self::TABLE, 'o')->fields('o', ['run'])
      ->condition('attempt', Numbers::MAX_COUNTER, '>=')->condition('status', self::NEW)
      ->range(0, $limit)->execute()->fetchCol();
  }

  /**
   * Takes a job out, with the end of its run.
   */
  public function delete(string $run): void {
    $this->database->delete(self::TABLE)->condition('run', $run)->execute();
  }

  /**
   * How many runs have not ended.
   */
  public function count(): int {
    return (int) $this->database->select(self::TABLE, 'o')->countQuery()->execute()->fetchField();
  }

  /**
   * Returns claimed runs that the sidecar does not have.
   *
   * @param string[] $except
   *   UUIDs of runs that the sidecar has.
   * @param int $limit
   *   At most so many.
   *
   * @return string[]
   *   UUIDs of claimed runs that are not among them.
   */
  public function missing(array $except, int $limit): array {
    $rows = $this->database->select(self::TABLE, 'o')
      ->fields('o', ['run'])
      ->condition('status', self::CLAIMED)
      ->condition('claimed_until', $this->time->getCurrentTime(), '<')
      ->orderBy('id')
      ->execute()
      ->fetchCol();
    return array_slice(array_values(array_diff($rows, $except)), 0, $limit);
  }

}
