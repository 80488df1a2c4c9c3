<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * Settings of a trigger that goes by a schedule.
 *
 * @internal
 */
final readonly class ScheduleSettings {

  public const DEFAULTS = [
    'kind' => 'daily',
    'time' => '06:00',
    'days' => [],
    'expression' => '',
    'seconds' => 86400,
    'at' => '',
    'timezone' => '',
    'start' => '',
    'end' => '',
    'quiet_from' => '',
    'quiet_to' => '',
    'missed' => 'once',
    'overlap' => 'skip',
  ];

  public const MISSED_ONCE = 'once';
  public const MISSED_SKIP = 'skip';
  public const OVERLAP_SKIP = 'skip';
  public const OVERLAP_QUEUE = 'queue';
  public const OVERLAP_CANCEL = 'cancel';

  /**
   * Least seconds of an interval.
   */
  public const LEAST_SECONDS = 300;

  /**
   * Sets what is given, see background_agents.trigger_settings.schedule.
   */
  public function __construct(private array $settings) {}

  /**
   * Whether a time that was missed starts one run later.
   */
  public function makesUp(): bool {
    return $this->of('missed') === self::MISSED_ONCE;
  }

  /**
   * What happens when the run before goes on: a constant OVERLAP_*.
   */
  public function overlap(): string {
    return (string) $this->of('overlap');
  }

  /**
   * Tells one schedule from another.
   */
  public function hash(): string {
    $settings = array_intersect_key($this->settings, self::DEFAULTS) + self::DEFAULTS;
    ksort($settings);
    return hash('sha256', json_encode($settings, JSON_THROW_ON_ERROR));
  }

  /**
   * When it is due.
   *
   * @throws \InvalidArgumentException
   *   With a sentence that says what is wrong.
   */
  public function schedule(): Schedule {
    $clock = LocalClock::of((string) $this->of('timezone'));
    $start = $this->instant('start', $clock);
    $end = $this->instant('end', $clock);
    if ($start !== NULL && $end !== NULL && $end < $start) {
      throw new \InvalidArgumentException('The end is before the beginning.');
    }
    return new Schedule($this->rule($clock, $start), $start, $end, $this->quiet($clock));
  }

  private function rule(LocalClock $clock, ?int $start): RecurrenceInterface {
    switch ($this->of('kind')) {
      case 'daily':
        $minute = self::minute((string) $this->of('time'));
        $days = implode(',', array_map(intval(...), (array) $this->of('days')));
        return new CronRecurrence(CronExpression::parse($minute % 60 . ' ' . intdiv($minute, 60) . ' * * ' . ($days === '' ? '*' : $days)), $clock);

      case 'expression':
        return new CronRecurrence(CronExpression::parse((string) $this->of('expression')), $clock);

      case 'interval':
        if ((int) $this->of('seconds') < self::LEAST_SECONDS) {
          throw new \InvalidArgumentException(sprintf('The interval is at least %d seconds.', self::LEAST_SECONDS));
        }
        return new IntervalRecurrence((int) $this->of('seconds'), $start ?? 0);

      case 'once':
        return new OnceRecurrence($this->instant('at', $clock) ?? throw new \InvalidArgumentException('Say when it is due.'));

      default:
        throw new \InvalidArgumentException(sprintf('There is no kind of schedule "%s".', $this->of('kind')));
    }
  }

  private function quiet(LocalClock $clock): ?QuietHours {
    $from = (string) $this->of('quiet_from');
    $to = (string) $this->of('quiet_to');
    if ($from === '' && $to === '') {
      return NULL;
    }
    if ($from === '' || $to === '' || $from === $to) {
      throw new \InvalidArgumentException('Quiet hours begin at one time and are over at another one: say both.');
    }
    return new QuietHours(self::minute($from), self::minute($to), $clock);
  }

  /**
   * The minute of the day of a time such as 06:30.
   */
  private static function minute(string $time): int {
    if (!preg_match('/^([01]\d|2[0-3]):([0-5]\d)$/D', $time, $found)) {
      throw new \InvalidArgumentException(sprintf('"%s" is no time of day. Example: 06:30.', $time));
    }
    return 60 * (int) $found[1] + (int) $found[2];
  }

  /**
   * The instant of a local time such as 2026-03-01T06:30; NULL: none given.
   */
  private function instant(string $name, LocalClock $clock): ?int {
    $text = (string) $this->of($name);
    if ($text === '') {
      return NULL;
    }
    $local = \DateTimeImmutable::createFromFormat('!Y-m-d\TH:i', $text, new \DateTimeZone('UTC'));
    if ($local === FALSE || $local->format('Y-m-d\TH:i') !== $text) {
      throw new \InvalidArgumentException(sprintf('"%s" is no day and time. Example: 2026-03-01T06:30.', $text));
    }
    $seconds = $local->getTimestamp();
    return $clock->instants($seconds - $seconds % 86400, [intdiv($seconds % 86400, 60)], FALSE)[0];
  }

  private function of(string $name): mixed {
    return $this->settings[$name] ?? self::DEFAULTS[$name];
  }

}
