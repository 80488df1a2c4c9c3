<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * Times of a cron expression, by the clock of a time zone.
 *
 * @internal
 */
final readonly class CronRecurrence implements RecurrenceInterface {

  private const DAY = 86400;

  public function __construct(
    private CronExpression $expression,
    private LocalClock $clock,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function times(int $after, int $until): iterable {
    $local = $this->clock->shows($after);
    // A change of the clock may bring a time of the day before after it.
    $midnight = $local - $local % self::DAY - self::DAY;
    $last = $after;
    while ($midnight - 2 * self::DAY <= $until) {
      [$month, $day, $weekday] = array_map(intval(...), explode(' ', gmdate('n j w', $midnight)));
      if ($this->expression->isOn($month, $day, $weekday)) {
        foreach ($this->clock->instants($midnight, $this->expression->minutes, $this->expression->goesOn) as $instant) {
          if ($instant > $last && $instant <= $until) {
            $last = $instant;
            yield $instant;
          }
        }
      }
      $midnight += self::DAY;
    }
  }

}
