<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * The numbers of a batch at one moment.
 *
 * @internal
 */
final readonly class BatchTally {

  /**
   * Constructs a BatchTally object.
   *
   * @param int $items
   *   All items.
   * @param int $waiting
   *   Items that are to be let in.
   * @param array<string, int> $runs
   *   Runs by state.
   * @param int $refused
   *   Items that got no run.
   * @param int $cancelled
   *   Items that a person took out.
   * @param int $cost
   *   What the runs have cost, in millionths.
   * @param int $tokens
   *   Tokens that the runs have used, in and out.
   * @param int $drafts
   *   Drafts that the runs left.
   * @param int $pending
   *   Those of them that wait for a person.
   */
  public function __construct(
    public int $items,
    public int $waiting,
    public array $runs,
    public int $refused,
    public int $cancelled,
    public int $cost,
    public int $tokens,
    public int $drafts,
    public int $pending,
  ) {}

  /**
   * Runs in some states.
   */
  public function in(string ...$states): int {
    return array_sum(array_intersect_key($this->runs, array_flip($states)));
  }

  /**
   * Runs that have begun and not ended.
   */
  public function open(): int {
    return $this->in('queued', 'running', 'waiting', 'paused');
  }

  /**
   * Runs that have failed or expired, and are not about to be retried.
   */
  public function failed(): int {
    return $this->in('failed', 'expired');
  }

  /**
   * Items of which nothing is waiting or at work.
   */
  public function settled(): int {
    return max(0, $this->items - $this->waiting - $this->open());
  }

}
