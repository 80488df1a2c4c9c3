<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

use Drupal\background_agents\Run\RunState;

/**
 * How many runs an agent had in a week, by their states.
 *
 * @internal
 */
final readonly class WeekRuns {

  /**
   * Sets what is given.
   *
   * @param \DateTimeImmutable $begins
   *   Monday, midnight, in the site's time zone.
   * @param array<string, int> $states
   *   Numbers of runs by state.
   */
  public function __construct(
    public \DateTimeImmutable $begins,
    private array $states = [],
  ) {}

  /**
   * All runs.
   */
  public function all(): int {
    return array_sum($this->states);
  }

  /**
   * The runs in some states.
   */
  public function in(RunState ...$states): int {
    return array_sum(array_map(fn (RunState $state): int => $this->states[$state->value] ?? 0, $states));
  }

  /**
   * The runs that have not ended.
   */
  public function open(): int {
    return array_sum(array_intersect_key($this->states, array_flip(RunState::open())));
  }

  /**
   * This and other runs of the same week.
   */
  public function with(string $state, int $runs): self {
    return new self($this->begins, [$state => ($this->states[$state] ?? 0) + $runs] + $this->states);
  }

  /**
   * The sum of several weeks.
   *
   * @param non-empty-list<self> $weeks
   *   The weeks.
   */
  public static function sum(array $weeks): self {
    $sum = new self($weeks[0]->begins);
    foreach ($weeks as $week) {
      foreach ($week->states as $state => $runs) {
        $sum = $sum->with($state, $runs);
      }
    }
    return $sum;
  }

}
