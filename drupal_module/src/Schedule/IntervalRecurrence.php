<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * Times at equal distances from a beginning.
 *
 * @internal
 */
final readonly class IntervalRecurrence implements RecurrenceInterface {

  public function __construct(
    private int $seconds,
    private int $beginning,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function times(int $after, int $until): iterable {
    $passed = max(0, intdiv($after - $this->beginning, $this->seconds));
    for ($time = $this->beginning + $passed * $this->seconds; $time <= $until; $time += $this->seconds) {
      if ($time > $after) {
        yield $time;
      }
    }
  }

}
