<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Exception\ProblemException;
use Drupal\Core\Database\Connection;

/**
 * Keeps a worker out that lost its run: its attempt is older than the row's.
 */
final class AttemptFence {

  private const string TABLE = 'background_agents_outbox';

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Refuses an older attempt, without a lock.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   */
  public function check(Run $run, int $attempt): void {
    $this->judge($this->select($run)->execute()->fetchField(), $attempt);
  }

  /**
   * Locks the row, refuses an older attempt, and raises the row to a newer one.
   *
   * Call it first in the transaction: the drafts of a run come one by one.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   */
  public function enter(Run $run, int $attempt): void {
    $stored = $this->select($run)->forUpdate()->execute()->fetchField();
    $this->judge($stored, $attempt);
    if ($attempt > (int) $stored) {
      $this->database->update(self::TABLE)->fields(['attempt' => $attempt])->condition('run', $run->uuid())->execute();
      $this->database->update('background_agents_run')->fields(['attempt' => $attempt])->condition('id', $run->id())->execute();
    }
  }

  private function select(Run $run): object {
    return $this->database->select(self::TABLE, 'o')->fields('o', ['attempt'])->condition('run', $run->uuid());
  }

  private function judge(string|int|false $stored, int $attempt): void {
    if ($stored === FALSE) {
      throw ProblemException::of(401, 'run_ended', 'The run token is not accepted', 'The run has ended.');
    }
    if ($attempt < (int) $stored) {
      throw ProblemException::of(409, 'stale_attempt', 'Another worker has the run', sprintf('Attempt %d is over, the run is at attempt %d. Let go of the run.', $attempt, $stored));
    }
  }

}
