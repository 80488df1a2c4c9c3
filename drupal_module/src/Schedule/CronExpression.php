<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * A cron expression of five fields: minute, hour, day of month, month, weekday.
 *
 * Lists, ranges, steps and English names are known, 7 is Sunday, too, and
 * "@daily" and its like are short forms. As in cron, a day has to fit one of
 * day of month and weekday when both are given.
 *
 * @internal
 */
final readonly class CronExpression {

  private const MACROS = [
    '@yearly' => '0 0 1 1 *',
    '@annually' => '0 0 1 1 *',
    '@monthly' => '0 0 1 * *',
    '@weekly' => '0 0 * * 0',
    '@daily' => '0 0 * * *',
    '@midnight' => '0 0 * * *',
    '@hourly' => '0 * * * *',
  ];

  private const MONTHS = [
    'jan' => 1,
    'feb' => 2,
    'mar' => 3,
    'apr' => 4,
    'may' => 5,
    'jun' => 6,
    'jul' => 7,
    'aug' => 8,
    'sep' => 9,
    'oct' => 10,
    'nov' => 11,
    'dec' => 12,
  ];

  private const WEEKDAYS = ['sun' => 0, 'mon' => 1, 'tue' => 2, 'wed' => 3, 'thu' => 4, 'fri' => 5, 'sat' => 6];

  private const FIELDS = [
    'minute' => [0, 59, []],
    'hour' => [0, 23, []],
    'day of the month' => [1, 31, []],
    'month' => [1, 12, self::MONTHS],
    'day of the week' => [0, 7, self::WEEKDAYS],
  ];

  /**
   * Sets what was read.
   *
   * @param list<int> $minutes
   *   Minutes of a day at which it is due, ascending.
   * @param array<int, true> $days
   *   Days of the month.
   * @param array<int, true> $months
   *   Months.
   * @param array<int, true> $weekdays
   *   Weekdays, 0 is Sunday.
   * @param bool $isEitherDay
   *   Whether one of day of month and weekday is enough.
   * @param bool $goesOn
   *   Whether it is due in the hours that a change of the clock repeats, too:
   *   its minute or hour begins with an asterisk.
   */
  private function __construct(
    public array $minutes,
    private array $days,
    private array $months,
    private array $weekdays,
    private bool $isEitherDay,
    public bool $goesOn,
  ) {}

  /**
   * Reads an expression.
   *
   * @throws \InvalidArgumentException
   *   With a sentence that says what is wrong.
   */
  public static function parse(string $text): self {
    $text = strtolower(trim($text));
    $given = preg_split('/\s+/', self::MACROS[$text] ?? $text);
    if (count($given) !== 5) {
      throw new \InvalidArgumentException('A cron expression has five fields: minute, hour, day of the month, month, day of the week. Example: 30 6 * * mon-fri.');
    }
    $sets = array_map(self::field(...), array_keys(self::FIELDS), $given);
    [$minutes, $hours, $days, $months, $weekdays] = $sets;
    if (isset($weekdays[7])) {
      $weekdays[0] = TRUE;
    }
    return new self(
      array_merge(...array_map(static fn (int $hour): array => array_map(static fn (int $minute): int => 60 * $hour + $minute, array_keys($minutes)), array_keys($hours))),
      $days,
      $months,
      $weekdays,
      !str_starts_with($given[2], '*') && !str_starts_with($given[4], '*'),
      str_starts_with($given[0], '*') || str_starts_with($given[1], '*'),
    );
  }

  /**
   * Whether it is due on a day.
   */
  public function isOn(int $month, int $day, int $weekday): bool {
    $ofMonth = isset($this->days[$day]);
    $ofWeek = isset($this->weekdays[$weekday]);
    return isset($this->months[$month]) && ($this->isEitherDay ? $ofMonth || $ofWeek : $ofMonth && $ofWeek);
  }

  /**
   * Reads a field.
   *
   * @return array<int, true>
   *   Its numbers, ascending.
   */
  private static function field(string $name, string $text): array {
    $numbers = [];
    foreach (explode(',', $text) as $part) {
      foreach (self::part($name, $part) as $number) {
        $numbers[$number] = TRUE;
      }
    }
    ksort($numbers);
    return $numbers;
  }

  /**
   * Reads one member of a list: an asterisk, a number or a range, with a step.
   *
   * @return list<int>
   *   Its numbers.
   */
  private static function part(string $name, string $part): array {
    [$least, $most] = self::FIELDS[$name];
    if (!preg_match('~^(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?$~', $part, $found, PREG_UNMATCHED_AS_NULL)) {
      throw new \InvalidArgumentException(sprintf('The %s "%s" cannot be read. It is a number, a range such as 1-5, or *, each with a step such as */2; commas stand between several.', $name, $part));
    }
    [, $all, $first, $last, $step] = $found;
    $from = $all === NULL ? self::number($name, (string) $first) : $least;
    // "5/10" begins at 5, and goes on to the end.
    $to = $last !== NULL ? self::number($name, $last) : ($all === NULL && $step === NULL ? $from : $most);
    if ($from > $to || $step === '0' || $step === '00') {
      throw new \InvalidArgumentException(sprintf('The %s "%s" names no time: a range goes from the smaller to the larger number, and a step is at least 1.', $name, $part));
    }
    $by = (int) ($step ?? 1);
    return $by > $to - $from ? [$from] : range($from, $to, $by);
  }

  private static function number(string $name, string $text): int {
    [$least, $most, $names] = self::FIELDS[$name];
    $number = $names[$text] ?? (ctype_digit($text) ? (int) $text : NULL);
    if ($number === NULL || $number < $least || $number > $most) {
      throw new \InvalidArgumentException(sprintf('"%s" is no %s: that is a number from %d to %d%s.', $text, $name, $least, $most, $names === [] ? '' : ', or a name such as ' . array_key_first($names)));
    }
    return $number;
  }

}
