<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\DueResult;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Datetime\DateHelper;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Schedules in words: how often, when next, and what came of it last.
 *
 * @internal
 */
final class ScheduleText {

  use StringTranslationTrait;

  /**
   * Seconds ahead in which next times are looked for.
   */
  private const int AHEAD = 5 * 366 * 86400;

  public function __construct(
    private readonly DateFormatterInterface $dates,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Days of the week by number.
   *
   * @return array<int, string>
   *   Names; 0 is Sunday, Monday comes first.
   */
  public function days(): array {
    $days = DateHelper::weekDays(TRUE);
    return array_map(strval(...), array_diff_key($days, [0 => 0]) + $days);
  }

  /**
   * How often a schedule is due.
   */
  public function rule(Trigger $trigger): TranslatableMarkup {
    $settings = $trigger->getSettings();
    $arguments = [
      '@days' => implode(', ', array_intersect_key($this->days(), array_flip($settings['days']))),
      '@expression' => $settings['expression'],
      '@interval' => $this->dates->formatInterval((int) $settings['seconds']),
      '@time' => $settings['time'],
      '@when' => str_replace('T', ' ', $settings['at']),
      '@zone' => $settings['timezone'],
    ];
    return match (TRUE) {
      $settings['kind'] === 'interval' => $this->t('every @interval', $arguments),
      $settings['kind'] === 'once' => $this->t('once, on @when (@zone)', $arguments),
      $settings['kind'] === 'expression' => $this->t('by "@expression" (@zone)', $arguments),
      $settings['days'] === [] => $this->t('every day at @time (@zone)', $arguments),
      default => $this->t('@days at @time (@zone)', $arguments),
    };
  }

  /**
   * The next times at which it is due, by its own clock.
   *
   * @return string[]
   *   Times; none: it never is.
   */
  public function next(Trigger $trigger, int $count): array {
    $settings = $trigger->getSettings();
    $now = $this->time->getRequestTime();
    try {
      $due = (new ScheduleSettings($settings))->schedule()->due($now, $now + self::AHEAD, $count);
    }
    catch (\InvalidArgumentException) {
      return [];
    }
    return array_map(fn (int $time): string => $this->dates->format($time, 'medium', '', $settings['timezone']), $due);
  }

  /**
   * What came of a due time.
   */
  public function result(string $result): TranslatableMarkup {
    return match (DueResult::from($result)) {
      DueResult::Started => $this->t('Started'),
      DueResult::Refused => $this->t('Refused'),
      DueResult::Missed => $this->t('Missed: nobody was there'),
      DueResult::Skipped => $this->t('Left out: the run before went on'),
      DueResult::Waiting => $this->t('Waits for the run before'),
    };
  }

}
