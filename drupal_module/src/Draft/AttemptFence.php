<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Exception\ProblemException;
use Drupal\background_agents\Outbox;
use Drupal\background_agents\RunState;
use Drupal\background_agents\RunStore;

/**
 * Keeps a worker out that lost its run: its attempt is older than the run's.
 */
final class AttemptFence {

  public function __construct(
    private readonly Outbox $outbox,
    private readonly RunStore $runs,
  ) {}

  /**
   * Refuses an older attempt, without a lock.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   *   409 `stale_attempt`, or 401 `run_ended`.
   */
  public function check(Run $run, int $attempt): void {
    $row = $this->outbox->attemptOf($run->uuid()) ?? throw self::ended();
    self::judge(max($row['attempt'], $run->getAttempt()), $attempt);
  }

  /**
   * Locks the run, and refuses an older attempt; a newer one raises the run's.
   *
   * Call it first in the transaction: drafts and events of a run come one by
   * one, and the row of the run is locked before any other.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   *   As check().
   */
  public function enter(Run $run, int $attempt): void {
    $row = $this->runs->lock($run->uuid());
    if ($row === NULL || RunState::from($row->state)->isFinal() || $row->generation !== $run->getGeneration()) {
      throw self::ended();
    }
    self::judge(max($row->attempt, $this->outbox->lockAttempt($run->uuid()) ?? throw self::ended()), $attempt);
    $this->outbox->raiseAttempt($run->uuid(), $attempt);
    if ($attempt > $row->attempt) {
      $this->runs->update($row->id, ['attempt' => $attempt]);
    }
  }

  private static function judge(int $current, int $attempt): void {
    if ($attempt < $current) {
      throw ProblemException::of(409, 'stale_attempt', 'Another worker has the run', sprintf('Attempt %d is over, the run is at attempt %d. Let go of the run.', $attempt, $current));
    }
  }

  private static function ended(): ProblemException {
    return ProblemException::of(401, 'run_ended', 'The run token is not accepted', 'The run has ended.');
  }

}
