<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\Outbox;

/**
 * Lets in only the attempt that was handed out last.
 *
 * An older one is that of a worker that lost its run; a higher one was never
 * handed out.
 *
 * @internal
 */
final class AttemptFence {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly Outbox $outbox,
    private readonly RunStore $runs,
  ) {}

  /**
   * Refuses all other attempts, without a lock.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 `stale_attempt`, or 401 `run_ended`.
   */
  public function check(Run $run, int $attempt): void {
    $handedOut = $this->outbox->attemptOf($run->uuid())['attempt'] ?? throw self::ended();
    if ($attempt > $handedOut) {
      // A claim by the sidecar's own UPDATE may be about to commit.
      $handedOut = $this->outbox->lockAttempt($run->uuid()) ?? throw self::ended();
    }
    self::judge(max($handedOut, $run->getAttempt()), $attempt);
  }

  /**
   * As enter(), for a request that stores nothing else.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   As check().
   */
  public function pass(Run $run, int $attempt): void {
    $this->check($run, $attempt);
    if ($attempt === $run->getAttempt()) {
      return;
    }
    $this->transactions->run(fn () => $this->enter($run, $attempt));
  }

  /**
   * Locks the run, refuses all other attempts, and notes this one with the run.
   *
   * Call it first in the transaction: drafts and events of a run come one by
   * one, and the row of the run is locked before any other.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   As check().
   */
  public function enter(Run $run, int $attempt): void {
    $row = $this->runs->lock($run->uuid());
    if ($row === NULL || $row->isFinal() || $row->generation !== $run->getGeneration()) {
      throw self::ended();
    }
    self::judge(max($row->attempt, $this->outbox->lockAttempt($run->uuid()) ?? throw self::ended()), $attempt);
    $this->outbox->reported($run->uuid());
    if ($attempt > $row->attempt) {
      $this->runs->update($row->id, ['attempt' => $attempt]);
    }
  }

  private static function judge(int $current, int $attempt): void {
    if ($attempt < $current) {
      throw ProblemException::of(409, 'stale_attempt', 'Another worker has the run', sprintf('Attempt %d is over, the run is at attempt %d. Let go of the run.', $attempt, $current));
    }
    if ($attempt > $current) {
      throw ProblemException::of(409, 'stale_attempt', 'The attempt was not handed out', sprintf('Attempt %d was not handed out, the run is at attempt %d. Let go of the run, and claim it.', $attempt, $current));
    }
  }

  private static function ended(): ProblemException {
    return ProblemException::of(401, 'run_ended', 'The run token is not accepted', 'The run has ended.');
  }

}
