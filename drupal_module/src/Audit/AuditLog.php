<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Contract\Json;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * What people decided about runs: who, when, why. All SQL of its table.
 *
 * Rows are only added. They outlive their runs, have a retention of their own,
 * and change once: when a person is erased, a pseudonym takes the place.
 *
 * @internal
 */
final class AuditLog {

  private const TABLE = 'background_agents_audit';

  /**
   * Characters of a note that are kept.
   */
  private const MAX_NOTE = 2000;

  /**
   * Rows that are deleted at a time; the next cron goes on.
   */
  private const ROWS = 1000;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Adds a decision. Call it in the transaction that carries it out.
   *
   * @param \Drupal\background_agents\Audit\Decision $decision
   *   What was decided.
   *
   * @return string
   *   The name of who decided; empty when no account did.
   */
  public function record(Decision $decision): string {
    $name = $this->nameOf($decision->uid);
    $this->insert($decision, $name);
    return $name;
  }

  /**
   * The same, for who needs the number of the decision.
   */
  public function add(Decision $decision): int {
    return $this->insert($decision, $this->nameOf($decision->uid));
  }

  private function nameOf(?int $uid): string {
    return $uid === NULL ? '' : (string) $this->database->select('users_field_data', 'u')
      ->fields('u', ['name'])->condition('uid', $uid)->condition('default_langcode', 1)->execute()->fetchField();
  }

  private function insert(Decision $decision, string $name): int {
    return (int) $this->database->insert(self::TABLE)->fields([
      'time' => $this->time->getCurrentTime(),
      'action' => $decision->action,
      'run' => $decision->run,
      'agent' => $decision->agent,
      'uid' => $decision->uid,
      'name' => $name,
      'door' => $decision->door,
      'note' => $decision->note === '' ? NULL : mb_substr($decision->note, 0, self::MAX_NOTE),
      'data' => Json::encode((object) $decision->data),
    ])->execute();
  }

  /**
   * Keeps that runs were cancelled by what was decided about their batch.
   *
   * @param int $id
   *   Number of the decision about the batch.
   * @param string[] $runs
   *   UUIDs of the runs.
   *
   * @return \Drupal\background_agents\Audit\RecordedDecision|null
   *   The decision; NULL: it is not kept, or there was none.
   */
  public function aboutRuns(int $id, array $runs): ?RecordedDecision {
    $row = $this->database->select(self::TABLE, 'a')->fields('a')->condition('id', $id)->forUpdate()->execute()->fetchAssoc();
    if (!$row) {
      return NULL;
    }
    $copy = ['action' => 'cancel'] + array_diff_key($row, ['id' => TRUE, 'run' => TRUE]);
    $insert = $this->database->insert(self::TABLE)->fields([...array_keys($copy), 'run']);
    foreach ($runs as $run) {
      $insert->values($copy + ['run' => $run]);
    }
    $insert->execute();
    return RecordedDecision::fromRow((object) $row);
  }

  /**
   * Decisions, the newest first.
   *
   * @param string|null $run
   *   UUID of a run; NULL: all, also those about the whole site.
   * @param int $limit
   *   At most so many.
   *
   * @return \Drupal\background_agents\Audit\RecordedDecision[]
   */
  public function newest(?string $run, int $limit): array {
    $query = $this->database->select(self::TABLE, 'a')->fields('a')->orderBy('id', 'DESC')->range(0, $limit);
    if ($run !== NULL) {
      $query->condition('run', $run);
    }
    return array_map(RecordedDecision::fromRow(...), $query->execute()->fetchAll());
  }

  /**
   * What a person decided, the oldest first.
   *
   * @return \Drupal\background_agents\Audit\RecordedDecision[]
   *   The decisions.
   */
  public function ofPerson(int $uid): array {
    return array_map(RecordedDecision::fromRow(...), $this->database->select(self::TABLE, 'a')->fields('a')->condition('uid', $uid)->orderBy('id')->execute()->fetchAll());
  }

  /**
   * How many decisions there are about a run.
   */
  public function count(string $run): int {
    return (int) $this->database->select(self::TABLE, 'a')->condition('run', $run)->countQuery()->execute()->fetchField();
  }

  /**
   * Who had a run begin anew by sending a draft back; NULL: nobody.
   */
  public function whoSentBack(string $run): ?int {
    $newest = $this->database->select(self::TABLE, 'a')->fields('a', ['action', 'uid'])
      ->condition('run', $run)->condition('action', ['send_back', 'retry'], 'IN')
      ->orderBy('id', 'DESC')->range(0, 1)->execute()->fetchObject();
    return $newest && $newest->action === 'send_back' && $newest->uid !== NULL ? (int) $newest->uid : NULL;
  }

  /**
   * Puts a pseudonym in the place of an account.
   *
   * @return array<string, string[]>
   *   UUIDs of the runs that it decided about, by the names that it had.
   */
  public function erase(int $uid, string $pseudonym): array {
    $rows = $this->database->select(self::TABLE, 'a')->fields('a', ['name', 'run'])->distinct()->condition('uid', $uid)->execute()->fetchAll();
    $this->database->update(self::TABLE)->fields(['uid' => NULL, 'name' => $pseudonym])->condition('uid', $uid)->execute();
    $runs = [];
    foreach (array_filter($rows, static fn (\stdClass $row): bool => $row->run !== NULL) as $row) {
      $runs[$row->name][] = $row->run;
    }
    return $runs;
  }

  /**
   * Deletes what its retention is over for.
   */
  public function deleteBefore(int $time): void {
    $ids = $this->database->select(self::TABLE, 'a')->fields('a', ['id'])->condition('time', $time, '<')->orderBy('id')->range(0, self::ROWS)->execute()->fetchCol();
    if ($ids !== []) {
      $this->database->delete(self::TABLE)->condition('id', $ids, 'IN')->execute();
    }
  }

}
