<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Dispatch\JobUnusable;
use Drupal\background_agents\Draft\AttemptFence;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Database\Connection;

/**
 * Checkpoints of runs: documents that a returning run continues from.
 *
 * Those of the last generation stay for a while after its end, for a retry
 * from a step (RetrySteps reads them).
 *
 * @internal
 */
final class CheckpointStore {

  private const TABLE = 'background_agents_checkpoint';

  public function __construct(
    private readonly Connection $database,
    private readonly Transactions $transactions,
    private readonly AttemptFence $fence,
  ) {}

  /**
   * Appends a checkpoint.
   *
   * Call it in the transaction of the effect that it belongs to, while the row
   * of the run or of the effect is locked: the number is the next free one.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $generation
   *   Generation of the run.
   * @param \stdClass $checkpoint
   *   The document.
   */
  public function append(int $run, int $generation, \stdClass $checkpoint): void {
    $last = $this->database->query('SELECT MAX(n) FROM {' . self::TABLE . '} WHERE run = :run AND generation = :generation', [
      ':run' => $run,
      ':generation' => $generation,
    ])->fetchField();
    $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'generation' => $generation,
      'n' => (int) $last + 1,
      'data' => gzcompress(Json::encode($checkpoint)),
    ])->execute();
  }

  /**
   * Stores a checkpoint that no draft carries, before an effect outside Drupal.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 `stale_attempt` or 401 `run_ended`: nothing was stored.
   */
  public function store(Run $run, int $attempt, \stdClass $checkpoint): void {
    $this->transactions->run(function () use ($run, $attempt, $checkpoint): void {
      $this->fence->enter($run, $attempt);
      $this->append((int) $run->id(), $run->getGeneration(), $checkpoint);
    });
  }

  /**
   * Returns the checkpoints of a generation, oldest first.
   *
   * @return \stdClass[]
   *   The checkpoints of a generation, oldest first.
   *
   * @throws \Drupal\background_agents\Dispatch\JobUnusable
   *   When one cannot be read.
   */
  public function all(int $run, int $generation): array {
    $blobs = $this->database->select(self::TABLE, 'c')
      ->fields('c', ['data'])
      ->condition('run', $run)
      ->condition('generation', $generation)
      ->orderBy('n')
      ->execute()
      ->fetchCol();
    return array_map(self::decode(...), $blobs);
  }

  /**
   * As all(); none when one cannot be read.
   *
   * @return \stdClass[]
   */
  public function readable(int $run, int $generation): array {
    try {
      return $this->all($run, $generation);
    }
    catch (JobUnusable) {
      return [];
    }
  }

  /**
   * Decodes a stored checkpoint.
   *
   * @throws \Drupal\background_agents\Dispatch\JobUnusable
   */
  private static function decode(string $blob): \stdClass {
    $json = @gzuncompress($blob);
    $checkpoint = $json === FALSE ? NULL : json_decode($json);
    return $checkpoint instanceof \stdClass ? $checkpoint : throw new JobUnusable('A stored checkpoint of the run cannot be read. Retry the run from the beginning.');
  }

  /**
   * Begins a new generation: those of older ones go.
   *
   * Call it in a transaction that holds the lock of the run's row.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $generation
   *   The new generation.
   * @param \stdClass|null $checkpoint
   *   What it begins with; NULL: nothing.
   */
  public function restart(int $run, int $generation, ?\stdClass $checkpoint): void {
    $this->database->delete(self::TABLE)->condition('run', $run)->condition('generation', $generation, '<')->execute();
    if ($checkpoint !== NULL) {
      $this->append($run, $generation, $checkpoint);
    }
  }

  /**
   * Deletes those of runs that ended long ago.
   *
   * @param int $time
   *   Unix time: only of runs that ended before it.
   * @param int $limit
   *   At most so many runs.
   */
  public function deleteEndedBefore(int $time, int $limit): void {
    $query = $this->database->select(self::TABLE, 'c')->distinct()->fields('c', ['run'])->range(0, $limit);
    $query->join('background_agents_run', 'r', 'r.id = c.run');
    $this->delete($query->condition('r.finished', $time, '<')->execute()->fetchCol());
  }

  /**
   * Deletes all checkpoints of some runs.
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
