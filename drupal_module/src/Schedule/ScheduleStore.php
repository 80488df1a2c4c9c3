<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * What is known of schedules: up to when each is settled, and what came of it.
 *
 * @internal
 */
final class ScheduleStore {

  private const SCHEDULES = 'background_agents_schedule';
  private const DUE = 'background_agents_due';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Up to when a schedule is settled; another schedule begins now.
   *
   * @return int
   *   Unix seconds.
   */
  public function since(string $trigger, string $hash): int {
    $known = $this->database->select(self::SCHEDULES, 's')->fields('s', ['hash', 'since'])->condition('trigger_uuid', $trigger)->execute()->fetchAssoc();
    if ($known && $known['hash'] === $hash) {
      return (int) $known['since'];
    }
    $now = $this->time->getCurrentTime();
    $this->database->merge(self::SCHEDULES)->key('trigger_uuid', $trigger)->fields(['hash' => $hash, 'since' => $now])->execute();
    return $now;
  }

  /**
   * Says that all due times until then are settled.
   */
  public function settle(string $trigger, string $hash, int $until): void {
    $this->database->update(self::SCHEDULES)
      ->fields(['since' => $until])
      ->condition('trigger_uuid', $trigger)
      ->condition('hash', $hash)
      ->condition('since', $until, '<')
      ->execute();
  }

  /**
   * What came of the due times after one.
   *
   * @return array<int, \Drupal\background_agents\Schedule\DueResult>
   *   Keyed by Unix seconds.
   */
  public function resultsAfter(string $trigger, int $since): array {
    $rows = $this->database->select(self::DUE, 'd')->fields('d', ['due', 'result'])->condition('trigger_uuid', $trigger)->condition('due', $since, '>')->execute()->fetchAllKeyed();
    return array_map(DueResult::from(...), $rows);
  }

  /**
   * Keeps what came of a due time.
   *
   * In the transaction that makes the run: of two, one fails at the key.
   *
   * @throws \Drupal\background_agents\Schedule\AlreadySettled
   *   When somebody else has settled it.
   */
  public function record(string $trigger, int $due, DueResult $result, ?string $run = NULL): void {
    $fields = ['result' => $result->value, 'run' => $run, 'decided' => $this->time->getCurrentTime()];
    $isTaken = $this->database->update(self::DUE)->fields($fields)
      ->condition('trigger_uuid', $trigger)->condition('due', $due)->condition('result', DueResult::Waiting->value)
      ->execute();
    if ($isTaken > 0) {
      return;
    }
    try {
      $this->database->insert(self::DUE)->fields($fields + ['trigger_uuid' => $trigger, 'due' => $due])->execute();
    }
    catch (IntegrityConstraintViolationException $error) {
      throw new AlreadySettled('Somebody else has settled this due time.', previous: $error);
    }
  }

  /**
   * What came of a due time; NULL: nothing yet.
   */
  public function firing(string $trigger, int $due): ?Firing {
    $row = $this->database->select(self::DUE, 'd')->fields('d', ['result', 'run'])->condition('trigger_uuid', $trigger)->condition('due', $due)->execute()->fetchAssoc();
    return $row ? new Firing($row['result'], $row['run']) : NULL;
  }

  /**
   * The last due times that were settled.
   *
   * @param string[] $triggers
   *   UUIDs of triggers.
   *
   * @return array<string, \stdClass>
   *   By UUID of the trigger: due, result, run.
   */
  public function last(array $triggers): array {
    if ($triggers === []) {
      return [];
    }
    $newest = $this->database->select(self::DUE, 'n')->fields('n', ['trigger_uuid'])->condition('trigger_uuid', $triggers, 'IN')->groupBy('trigger_uuid');
    $newest->addExpression('MAX([due])', 'due');
    $query = $this->database->select(self::DUE, 'd')->fields('d', ['trigger_uuid', 'due', 'result', 'run']);
    $query->innerJoin($newest, 'n', '[n].[trigger_uuid] = [d].[trigger_uuid] AND [n].[due] = [d].[due]');
    return $query->execute()->fetchAllAssoc('trigger_uuid');
  }

  /**
   * Forgets what was settled before; how far schedules are settled stays.
   */
  public function deleteBefore(int $time, int $limit): void {
    $rows = $this->database->select(self::DUE, 'd')->fields('d', ['trigger_uuid', 'due'])->condition('decided', $time, '<')->orderBy('decided')->range(0, $limit)->execute()->fetchAll();
    foreach ($rows as $row) {
      $this->settleAny($row->trigger_uuid, (int) $row->due);
      $this->database->delete(self::DUE)->condition('trigger_uuid', $row->trigger_uuid)->condition('due', $row->due)->execute();
    }
  }

  /**
   * Forgets schedules whose triggers are gone.
   *
   * @param string[] $triggers
   *   UUIDs of those that are there.
   */
  public function keepOnly(array $triggers): void {
    foreach ([self::SCHEDULES, self::DUE] as $table) {
      $query = $this->database->delete($table);
      if ($triggers !== []) {
        $query->condition('trigger_uuid', $triggers, 'NOT IN');
      }
      $query->execute();
    }
  }

  private function settleAny(string $trigger, int $until): void {
    $this->database->update(self::SCHEDULES)->fields(['since' => $until])->condition('trigger_uuid', $trigger)->condition('since', $until, '<')->execute();
  }

}
