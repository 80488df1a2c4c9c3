<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Schedule;

use Drupal\background_agents\Schedule\CronExpression;
use Drupal\background_agents\Schedule\CronRecurrence;
use Drupal\background_agents\Schedule\IntervalRecurrence;
use Drupal\background_agents\Schedule\LocalClock;
use Drupal\background_agents\Schedule\OnceRecurrence;
use Drupal\background_agents\Schedule\QuietHours;
use Drupal\background_agents\Schedule\RecurrenceInterface;
use Drupal\background_agents\Schedule\Schedule;
use Drupal\background_agents\Schedule\ScheduleSettings;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * When schedules are due, with the hours that clocks skip and repeat.
 */
final class ScheduleTest extends TestCase {

  /**
   * Expressions, zones and the times that follow, as people would say them.
   */
  public static function cases(): \Generator {
    yield 'weekdays in winter' => ['30 6 * * mon-fri', 'Europe/Vienna', '2026-01-02 12:00', ['2026-01-05 05:30', '2026-01-06 05:30']];
    yield 'summer begins: a time that is skipped comes with the new hour' => ['30 2 * * *', 'Europe/Vienna', '2026-03-28 12:00', ['2026-03-29 01:00', '2026-03-30 00:30']];
    yield 'summer ends: a time that is repeated comes once' => ['30 2 * * *', 'Europe/Vienna', '2026-10-24 12:00', ['2026-10-25 00:30', '2026-10-26 01:30']];
    yield 'each half hour goes on through a repeated hour' => ['*/30 * * * *', 'Europe/Vienna', '2026-10-24 23:59', ['2026-10-25 00:00', '2026-10-25 00:30', '2026-10-25 01:00', '2026-10-25 01:30', '2026-10-25 02:00']];
    yield 'each hour goes on through a skipped one' => ['0 * * * *', 'Europe/Vienna', '2026-03-29 00:30', ['2026-03-29 01:00', '2026-03-29 02:00']];
    yield 'New York, summer begins' => ['15 2 * * *', 'America/New_York', '2026-03-07 12:00', ['2026-03-08 07:00', '2026-03-09 06:15']];
    yield 'New York, summer ends' => ['15 1 * * *', 'America/New_York', '2026-10-31 12:00', ['2026-11-01 05:15', '2026-11-02 06:15']];
    yield 'half an hour of summer, skipped' => ['10 2 * * *', 'Australia/Lord_Howe', '2026-10-03 00:00', ['2026-10-03 15:30', '2026-10-04 15:10']];
    yield 'half an hour of summer, repeated' => ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04 00:00', ['2026-04-04 14:45', '2026-04-05 15:15']];
    yield 'midnight that is skipped' => ['0 0 * * *', 'Africa/Cairo', '2026-04-23 12:00', ['2026-04-23 22:00', '2026-04-24 21:00']];
    yield 'one of day and weekday is enough' => ['0 12 13 * fri', 'UTC', '2026-02-10 00:00', ['2026-02-13 12:00', '2026-02-20 12:00', '2026-02-27 12:00', '2026-03-06 12:00', '2026-03-13 12:00']];
    yield 'both days, when one has an asterisk' => ['0 12 */2 * mon', 'UTC', '2026-06-01 13:00', ['2026-06-15 12:00', '2026-06-29 12:00']];
    yield 'leap day' => ['0 0 29 2 *', 'UTC', '2026-01-01 00:00', ['2028-02-29 00:00', '2032-02-29 00:00']];
    yield 'Sunday by both numbers and a step from a number' => ['5/20 4 * * 7', 'UTC', '2026-06-01 00:00', ['2026-06-07 04:05', '2026-06-07 04:25', '2026-06-07 04:45', '2026-06-14 04:05']];
    yield 'a step that is larger than its range' => ['40/30 5-6/9 * * *', 'UTC', '2026-06-01 00:00', ['2026-06-01 05:40', '2026-06-02 05:40']];
    yield 'a short form' => ['@monthly', 'Asia/Tokyo', '2026-06-15 00:00', ['2026-06-30 15:00', '2026-07-31 15:00']];
  }

  /**
   * A cron expression goes by the clock of its zone.
   *
   * @dataProvider cases
   */
  #[DataProvider('cases')]
  public function testCronExpressions(string $expression, string $zone, string $after, array $expected): void {
    $schedule = new Schedule(self::cron($expression, $zone));
    self::assertSame($expected, self::texts($schedule->due(self::seconds($after), self::seconds('2040-01-01 00:00'), count($expected))));
  }

  /**
   * Seen from any moment, the following times are the same.
   */
  public function testTimesDoNotDependOnWhenTheyAreAskedFor(): void {
    foreach (['Europe/Vienna', 'America/New_York', 'Australia/Lord_Howe'] as $zone) {
      foreach (['30 2 * * *', '*/25 1-3 * * *', '0 */5 * * sun'] as $expression) {
        $schedule = new Schedule(self::cron($expression, $zone));
        $begin = self::seconds('2026-01-01 00:00');
        $end = self::seconds('2027-01-01 00:00');
        $all = $schedule->due($begin, $end, PHP_INT_MAX);
        $pieces = [];
        for ($from = $begin; $from < $end; $from += 7001) {
          array_push($pieces, ...$schedule->due($from, min($from + 7001, $end)));
        }
        self::assertSame($all, $pieces, "$expression in $zone");
        self::assertSame($all, array_values(array_unique($all)));
      }
    }
  }

  /**
   * An expression that goes on is due whenever the clock shows its time.
   */
  public function testAsteriskIsDueWheneverTheClockShowsIt(): void {
    foreach (['Europe/Vienna' => '2026-10-24', 'Australia/Lord_Howe' => '2026-04-04', 'America/New_York' => '2026-03-07'] as $zone => $day) {
      $begin = self::seconds("$day 00:00");
      $expected = [];
      for ($at = $begin + 60; $at <= $begin + 3 * 86400; $at += 60) {
        $minute = (int) (new \DateTimeImmutable("@$at"))->setTimezone(new \DateTimeZone($zone))->format('i');
        if ($minute % 17 === 0) {
          $expected[] = $at;
        }
      }
      self::assertSame($expected, (new Schedule(self::cron('*/17 * * * *', $zone)))->due($begin, $begin + 3 * 86400));
    }
  }

  /**
   * Both changes of the clock in Vienna, for each kind: never lost, never twice.
   */
  public static function changesOfTheClock(): \Generator {
    // At 01:00 UTC the clock goes from 02:00 to 03:00.
    $spring = ['2026-03-28 12:00', '2026-03-30 12:00'];
    // At 01:00 UTC the clock goes from 03:00 back to 02:00.
    $autumn = ['2026-10-24 12:00', '2026-10-26 12:00'];
    yield 'daily, at a time that is skipped' => [['kind' => 'daily', 'time' => '02:30'], $spring, ['2026-03-29 01:00', '2026-03-30 00:30']];
    yield 'daily, at a time that is repeated' => [['kind' => 'daily', 'time' => '02:30'], $autumn, ['2026-10-25 00:30', '2026-10-26 01:30']];
    yield 'on Sundays, at a time that is skipped' => [['kind' => 'daily', 'time' => '02:00', 'days' => [0]], $spring, ['2026-03-29 01:00']];
    yield 'on Sundays, at a time that is repeated' => [['kind' => 'daily', 'time' => '02:00', 'days' => [0]], $autumn, ['2026-10-25 00:00']];
    yield 'expression, at a time that is skipped' => [['kind' => 'expression', 'expression' => '15,45 2 * * *'], $spring, ['2026-03-29 01:00', '2026-03-30 00:15', '2026-03-30 00:45']];
    yield 'expression, at a time that is repeated' => [['kind' => 'expression', 'expression' => '15,45 2 * * *'], $autumn, ['2026-10-25 00:15', '2026-10-25 00:45', '2026-10-26 01:15', '2026-10-26 01:45']];
    yield 'once, at a time that is skipped' => [['kind' => 'once', 'at' => '2026-03-29T02:30'], $spring, ['2026-03-29 01:00']];
    yield 'once, at a time that is repeated' => [['kind' => 'once', 'at' => '2026-10-25T02:30'], $autumn, ['2026-10-25 00:30']];
    yield 'interval, from a beginning that is skipped' => [['kind' => 'interval', 'seconds' => 43200, 'start' => '2026-03-29T02:30'], $spring, ['2026-03-29 01:00', '2026-03-29 13:00', '2026-03-30 01:00']];
    yield 'interval, from a beginning that is repeated' => [['kind' => 'interval', 'seconds' => 43200, 'start' => '2026-10-25T02:30'], $autumn, ['2026-10-25 00:30', '2026-10-25 12:30', '2026-10-26 00:30']];
    yield 'interval, over an hour that is skipped' => [['kind' => 'interval', 'seconds' => 3600, 'start' => '2026-03-29T01:00', 'end' => '2026-03-29T04:00'], $spring, ['2026-03-29 00:00', '2026-03-29 01:00', '2026-03-29 02:00']];
    yield 'interval, over an hour that is repeated' => [['kind' => 'interval', 'seconds' => 3600, 'start' => '2026-10-25T01:00', 'end' => '2026-10-25T04:00'], $autumn, ['2026-10-24 23:00', '2026-10-25 00:00', '2026-10-25 01:00', '2026-10-25 02:00', '2026-10-25 03:00']];
    $night = ['quiet_from' => '01:00', 'quiet_to' => '02:30'];
    yield 'quiet until a time that is skipped' => [['kind' => 'daily', 'time' => '01:30'] + $night, $spring, ['2026-03-29 01:00', '2026-03-30 00:30']];
    yield 'quiet until a time that is repeated' => [['kind' => 'daily', 'time' => '01:30'] + $night, $autumn, ['2026-10-25 00:30', '2026-10-26 01:30']];
    // They are over at the first half past two, and do not come again.
    yield 'quiet over an interval, until a time that is repeated' => [['kind' => 'interval', 'seconds' => 3600, 'start' => '2026-10-25T00:00', 'end' => '2026-10-25T05:00'] + $night, $autumn, ['2026-10-24 22:00', '2026-10-25 00:30', '2026-10-25 01:00', '2026-10-25 02:00', '2026-10-25 03:00', '2026-10-25 04:00']];
    yield 'New York: daily, skipped' => [['kind' => 'daily', 'time' => '02:30', 'timezone' => 'America/New_York'], ['2026-03-07 12:00', '2026-03-09 12:00'], ['2026-03-08 07:00', '2026-03-09 06:30']];
    yield 'New York: daily, repeated' => [['kind' => 'daily', 'time' => '01:30', 'timezone' => 'America/New_York'], ['2026-10-31 12:00', '2026-11-02 12:00'], ['2026-11-01 05:30', '2026-11-02 06:30']];
    yield 'Lord Howe: once, skipped half hour' => [['kind' => 'once', 'at' => '2026-10-04T02:10', 'timezone' => 'Australia/Lord_Howe'], ['2026-10-03 00:00', '2026-10-05 00:00'], ['2026-10-03 15:30']];
    yield 'Lord Howe: once, repeated half hour' => [['kind' => 'once', 'at' => '2026-04-05T01:45', 'timezone' => 'Australia/Lord_Howe'], ['2026-04-04 00:00', '2026-04-06 00:00'], ['2026-04-04 14:45']];
  }

  /**
   * Each kind of schedule, as it is stored, over a change of the clock.
   *
   * @dataProvider changesOfTheClock
   */
  #[DataProvider('changesOfTheClock')]
  public function testChangesOfTheClock(array $settings, array $span, array $expected): void {
    $schedule = (new ScheduleSettings($settings + ['timezone' => 'Europe/Vienna'] + ScheduleSettings::DEFAULTS))->schedule();
    [$from, $to] = array_map(self::seconds(...), $span);
    self::assertSame($expected, self::texts($schedule->due($from, $to)));
    // Whoever asks minute by minute hears the same.
    $pieces = [];
    for ($at = $from; $at < $to; $at += 60) {
      array_push($pieces, ...$schedule->due($at, $at + 60));
    }
    self::assertSame($expected, self::texts($pieces));
  }

  /**
   * Interval, once, beginning and end.
   */
  public function testOtherRules(): void {
    $start = self::seconds('2026-06-01 08:00');
    $interval = new Schedule(new IntervalRecurrence(5400, $start), $start, self::seconds('2026-06-01 12:00'));
    self::assertSame(['2026-06-01 08:00', '2026-06-01 09:30', '2026-06-01 11:00'], self::texts($interval->due($start - 999_999, $start + 999_999)));
    self::assertSame(['2026-06-01 11:00'], self::texts($interval->due($start + 5400, $start + 999_999)));
    $once = new Schedule(new OnceRecurrence($start));
    self::assertSame([$start], $once->due($start - 1, $start));
    self::assertSame([], $once->due($start, $start + 1));
  }

  /**
   * What falls into quiet hours is due once, when they are over.
   */
  public function testQuietHours(): void {
    $clock = LocalClock::of('Europe/Vienna');
    $night = new Schedule(self::cron('0 * * * *', 'Europe/Vienna'), quiet: new QuietHours(22 * 60, 6 * 60 + 30, $clock));
    self::assertSame(['2026-01-10 19:00', '2026-01-10 20:00', '2026-01-11 05:30', '2026-01-11 06:00'], self::texts($night->due(self::seconds('2026-01-10 18:30'), self::seconds('2026-01-11 06:00'))));
    // Asked for within them, too.
    self::assertSame(['2026-01-11 05:30'], self::texts($night->due(self::seconds('2026-01-11 03:30'), self::seconds('2026-01-11 05:30'))));
    $noon = new Schedule(self::cron('30 11-14 * * *', 'Europe/Vienna'), quiet: new QuietHours(12 * 60, 14 * 60, $clock));
    self::assertSame(['2026-01-10 10:30', '2026-01-10 13:00', '2026-01-10 13:30'], self::texts($noon->due(self::seconds('2026-01-10 00:00'), self::seconds('2026-01-10 20:00'))));
    // Their end is skipped by the clock: they are over with the new hour.
    $spring = new Schedule(self::cron('0 1 * * *', 'Europe/Vienna'), quiet: new QuietHours(0, 150, $clock));
    self::assertSame(['2026-03-29 01:00'], self::texts($spring->due(self::seconds('2026-03-28 12:00'), self::seconds('2026-03-29 12:00'))));
  }

  public static function wrong(): \Generator {
    yield ['* * * *', 'five fields'];
    yield ['60 * * * *', '"60" is no minute'];
    yield ['* 24 * * *', '"24" is no hour'];
    yield ['* * 0 * *', '"0" is no day of the month'];
    yield ['* * * foo *', '"foo" is no month'];
    yield ['* * * * 5-1', 'names no time'];
    yield ['*/0 * * * *', 'names no time'];
    yield ['1,,2 * * * *', 'cannot be read'];
    yield ['@reboot', 'five fields'];
    yield ['99999999999999999999 * * * *', 'is no minute'];
  }

  /**
   * What cannot be read is refused with a sentence.
   *
   * @dataProvider wrong
   */
  #[DataProvider('wrong')]
  public function testWrongExpressionsAreRefused(string $expression, string $sentence): void {
    $this->expectException(\InvalidArgumentException::class);
    $this->expectExceptionMessage($sentence);
    CronExpression::parse($expression);
  }

  public static function nameless(): \Generator {
    yield ['CEST'];
    yield ['+02:00'];
    yield ['europe/vienna'];
    yield [''];
  }

  /**
   * Zones are named by places: abbreviations and offsets know no summer.
   *
   * @dataProvider nameless
   */
  #[DataProvider('nameless')]
  public function testZonesAreNamed(string $zone): void {
    $this->expectException(\InvalidArgumentException::class);
    LocalClock::of($zone);
  }

  private static function cron(string $expression, string $zone): RecurrenceInterface {
    return new CronRecurrence(CronExpression::parse($expression), LocalClock::of($zone));
  }

  private static function seconds(string $text): int {
    return (int) strtotime("$text UTC");
  }

  private static function texts(array $times): array {
    return array_map(static fn (int $time): string => gmdate('Y-m-d H:i', $time), $times);
  }

}
