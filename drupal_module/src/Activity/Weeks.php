<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

/**
 * The last weeks of a site, the oldest first.
 *
 * A week begins on Monday at midnight in the site's time zone, not the
 * reader's, so that everybody reads the same numbers.
 *
 * @internal
 */
final readonly class Weeks {

  /**
   * Seconds of a week in which the clock is not changed.
   */
  private const int WEEK = 604800;

  /**
   * Takes the beginnings.
   *
   * @param non-empty-list<\DateTimeImmutable> $begins
   *   Mondays, midnight.
   */
  private function __construct(
    public array $begins,
  ) {}

  /**
   * So many weeks, with the present one.
   */
  public static function last(int $count, int $now, \DateTimeZone $zone): self {
    $monday = (new \DateTimeImmutable("@$now"))->setTimezone($zone)->modify('monday this week')->setTime(0, 0);
    $begins = [];
    for ($ago = max(1, $count) - 1; $ago >= 0; $ago--) {
      $begins[] = $monday->modify("-$ago weeks");
    }
    return new self($begins);
  }

  /**
   * When the first one began, as a Unix time.
   */
  public function since(): int {
    return $this->begins[0]->getTimestamp();
  }

  /**
   * An expression for the number of the week that a Unix time is in.
   *
   * Weeks have as many seconds but where the clock is changed: one case for
   * each week would be compared with for each row.
   *
   * @param string $column
   *   The column, as in SQL.
   *
   * @return array{string, array<string, int>}
   *   SQL, and its arguments.
   */
  public function expression(string $column): array {
    $cases = $arguments = [];
    $length = NULL;
    foreach ($this->begins as $number => $week) {
      $begins = $week->getTimestamp();
      $next = $week->modify('+1 week')->getTimestamp() - $begins;
      if ($length !== self::WEEK || $next !== self::WEEK) {
        $cases[] = $next === self::WEEK
          ? "WHEN $column >= :begins_$number THEN $number + (($column - :begins_$number) - ($column - :begins_$number) % " . self::WEEK . ') / ' . self::WEEK
          : "WHEN $column >= :begins_$number THEN $number";
        $arguments[":begins_$number"] = $begins;
      }
      $length = $next;
    }
    // The latest one first: the first case that is true counts.
    return ['CASE ' . implode(' ', array_reverse($cases)) . ' END', $arguments];
  }

}
