<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * Hours of each day in which nothing starts: what falls into them waits.
 *
 * @internal
 */
final readonly class QuietHours {

  private const DAY = 1440;

  /**
   * Sets what is given.
   *
   * @param int $from
   *   Minute of the day at which they begin.
   * @param int $to
   *   Minute of the day at which they are over; before $from: the next day.
   * @param \Drupal\background_agents\Schedule\LocalClock $clock
   *   By whose clock.
   */
  public function __construct(
    private int $from,
    private int $to,
    private LocalClock $clock,
  ) {}

  /**
   * A time, or the end of the quiet hours that it is in.
   */
  public function over(int $time): int {
    $local = $this->clock->shows($time);
    $minute = intdiv($local, 60) % self::DAY;
    $isNight = $this->from > $this->to;
    $isIn = $isNight ? $minute >= $this->from || $minute < $this->to : $minute >= $this->from && $minute < $this->to;
    if (!$isIn) {
      return $time;
    }
    $midnight = $local - $local % 86400 + ($isNight && $minute >= $this->from ? 86400 : 0);
    return max($time, $this->clock->instants($midnight, [$this->to], FALSE)[0]);
  }

}
