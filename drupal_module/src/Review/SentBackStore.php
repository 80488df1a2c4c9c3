<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Statement\FetchAs;

/**
 * What people said when they sent drafts back. All SQL of its table.
 *
 * @internal
 */
final class SentBackStore {

  private const TABLE = 'background_agents_sent_back';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Adds what a person said; it waits until its round begins.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $uid
   *   Who says it.
   * @param string $name
   *   Their name.
   * @param list<\Drupal\background_agents\Review\Remark> $remarks
   *   What they say.
   */
  public function add(int $run, int $uid, string $name, array $remarks): void {
    $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'round' => 0,
      'created' => $this->time->getCurrentTime(),
      'uid' => $uid,
      'name' => $name,
      'remarks' => Json::encode(array_map(static fn (Remark $remark): array => $remark->document(), $remarks)),
    ])->execute();
  }

  /**
   * All that was said about drafts of a run, oldest first.
   *
   * @return list<\Drupal\background_agents\Review\SentBack>
   *   What each person said.
   */
  public function ofRun(int $run): array {
    $rows = $this->database->select(self::TABLE, 's')->fields('s')->condition('run', $run)->orderBy('id')->execute()->fetchAll();
    return array_map(SentBack::fromRow(...), $rows);
  }

  /**
   * Whether something waits for the end of a run.
   */
  public function isWaiting(int $run): bool {
    return (bool) $this->database->select(self::TABLE, 's')->fields('s', ['id'])
      ->condition('run', $run)->condition('round', 0)->range(0, 1)->execute()->fetchField();
  }

  /**
   * Begins a round with what waits. Call it with the lock of the run's row.
   */
  public function beginRound(int $run, int $round): void {
    $this->database->update(self::TABLE)->fields(['round' => $round])->condition('run', $run)->condition('round', 0)->execute();
  }

  /**
   * Runs that have ended, and whose next round has not begun.
   *
   * @param string[] $agents
   *   Only runs of these agents.
   * @param int $limit
   *   At most so many.
   *
   * @return string[]
   *   UUIDs.
   */
  public function left(array $agents, int $limit): array {
    if ($agents === []) {
      return [];
    }
    $query = $this->database->select(self::TABLE, 's')->condition('s.round', 0)->range(0, $limit)->distinct();
    $query->join('background_agents_run', 'r', 'r.id = s.run');
    return $query->fields('r', ['uuid'])->condition('r.agent', $agents, 'IN')->condition('r.state', RunState::open(), 'NOT IN')->execute()->fetchCol();
  }

  /**
   * What a person said who sent drafts back, the oldest first.
   *
   * @return array<array<string, mixed>>
   *   `created` and `remarks`.
   */
  public function ofPerson(int $uid): array {
    return $this->database->select(self::TABLE, 's')->fields('s', ['created', 'remarks'])->condition('uid', $uid)->orderBy('id')->execute()->fetchAll(FetchAs::Associative);
  }

  /**
   * Puts a pseudonym in the place of an account.
   */
  public function erase(int $uid, string $pseudonym): void {
    $this->database->update(self::TABLE)->fields(['uid' => NULL, 'name' => $pseudonym])->condition('uid', $uid)->execute();
  }

  /**
   * Deletes what was said about some runs.
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
