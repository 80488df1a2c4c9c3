<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * When a trigger is due: the one calculator, whoever keeps the clock.
 *
 * @internal
 */
final readonly class Schedule {

  /**
   * Seconds by which quiet hours put a time off, at most.
   */
  private const LONGEST_QUIET = 2 * 86400;

  public function __construct(
    private RecurrenceInterface $rule,
    private ?int $start = NULL,
    private ?int $end = NULL,
    private ?QuietHours $quiet = NULL,
  ) {}

  /**
   * The times at which it is due in a span, ascending.
   *
   * @param int $after
   *   Unix seconds; a time at that second is left out.
   * @param int $until
   *   Unix seconds; a time at that second is one of them.
   * @param int $limit
   *   At most so many, the earliest.
   *
   * @return list<int>
   *   Unix seconds.
   */
  public function due(int $after, int $until, int $limit = 1000): array {
    $due = [];
    $last = $after;
    $from = $this->quiet === NULL ? $after : $after - self::LONGEST_QUIET;
    $from = $this->start === NULL ? $from : max($from, $this->start - 1);
    foreach ($this->rule->times($from, min($until, $this->end ?? $until)) as $time) {
      $time = $this->quiet?->over($time) ?? $time;
      // Of all that quiet hours hold back, one is left.
      if ($time > $last && $time <= $until && $time <= ($this->end ?? $time)) {
        $due[] = $last = $time;
      }
      if (count($due) >= $limit) {
        break;
      }
    }
    return $due;
  }

}
