<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * What happened when a due time was fired.
 *
 * @internal
 */
final readonly class Firing {

  // The time is settled already, or is none of this schedule.
  public const SETTLED = 'settled';
  // The time is still to come, by Drupal's clock.
  public const EARLY = 'early';
  // It waits: for the run before, for room in the queue, or for agents to be
  // let run again.
  public const WAITS = 'waits';

  /**
   * Sets what is given.
   *
   * @param string $result
   *   A value of DueResult, or one of the constants.
   * @param string|null $run
   *   UUID of the run.
   */
  public function __construct(
    public string $result,
    public ?string $run = NULL,
  ) {}

}
