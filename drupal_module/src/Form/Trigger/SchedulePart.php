<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\background_agents\Ui\ScheduleText;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Datetime\TimeZoneFormHelper;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of a trigger's form that says at which times it starts the agent.
 *
 * @internal
 */
final class SchedulePart {

  use StringTranslationTrait;

  /**
   * Offered intervals, in seconds.
   */
  private const array INTERVALS = [300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly DateFormatterInterface $dates,
    private readonly ScheduleText $text,
  ) {}

  /**
   * Settings of a schedule.
   */
  public function build(Trigger $trigger): array {
    $settings = $trigger->getType() === 'schedule' ? $trigger->getSettings() : ScheduleSettings::DEFAULTS;
    return [
      '#type' => 'details',
      '#title' => $this->t('When'),
      '#open' => TRUE,
      '#states' => ['visible' => [':input[name="type"]' => ['value' => 'schedule']]],
      'kind' => [
        '#type' => 'radios',
        '#title' => $this->t('How often'),
        '#options' => [
          'daily' => $this->t('At a time of day'),
          'interval' => $this->t('At intervals'),
          'once' => $this->t('Once'),
          'expression' => $this->t('By a cron expression'),
        ],
        '#default_value' => $settings['kind'],
      ],
    ] + $this->kinds($settings) + $this->common($settings) + $this->limits($settings) + $this->next($trigger);
  }

  /**
   * What each kind needs.
   */
  private function kinds(array $settings): array {
    $intervals = array_unique([...self::INTERVALS, (int) $settings['seconds']]);
    sort($intervals);
    return [
      'time' => ['#title' => $this->t('Time'), '#default_value' => $settings['time']] + $this->time() + $this->onlyFor('daily'),
      'days' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Days'),
        '#description' => $this->t('None checked: every day.'),
        '#options' => $this->text->days(),
        '#default_value' => array_map(strval(...), $settings['days']),
      ] + $this->onlyFor('daily'),
      'seconds' => [
        '#type' => 'select',
        '#title' => $this->t('Every'),
        '#options' => array_combine($intervals, array_map(fn (int $seconds): string => (string) $this->dates->formatInterval($seconds), $intervals)),
        '#default_value' => $settings['seconds'],
        '#description' => $this->t('Counted from the beginning below.'),
      ] + $this->onlyFor('interval'),
      'at' => ['#title' => $this->t('Day and time'), '#default_value' => $settings['at']] + $this->moment() + $this->onlyFor('once'),
      'expression' => [
        '#type' => 'textfield',
        '#title' => $this->t('Cron expression'),
        '#default_value' => $settings['expression'],
        '#maxlength' => 128,
        '#description' => $this->t('Minute, hour, day of the month, month, day of the week. Example: @example is half past six from Monday to Friday.', ['@example' => '30 6 * * mon-fri']),
      ] + $this->onlyFor('expression'),
    ];
  }

  private function common(array $settings): array {
    return [
      'timezone' => [
        '#type' => 'select',
        '#title' => $this->t('Time zone'),
        '#options' => TimeZoneFormHelper::getOptionsListByRegion(),
        '#default_value' => $settings['timezone'] ?: $this->siteZone(),
      ],
      'missed' => [
        '#type' => 'radios',
        '#title' => $this->t('If a time was missed by more than ten minutes, because the site or the sidecar was down'),
        '#options' => ['once' => $this->t('Make up for it with one run'), 'skip' => $this->t('Wait for the next time')],
        '#default_value' => $settings['missed'],
      ],
      'overlap' => [
        '#type' => 'radios',
        '#title' => $this->t('If the run before is still going on'),
        '#options' => [
          'skip' => $this->t('Do not start another one'),
          'queue' => $this->t('Start when it has ended'),
          'cancel' => $this->t('Cancel it, and start'),
        ],
        '#default_value' => $settings['overlap'],
      ],
    ];
  }

  private function limits(array $settings): array {
    return [
      'limits' => [
        '#type' => 'details',
        '#title' => $this->t('Beginning, end and quiet hours'),
        '#open' => array_filter(array_intersect_key($settings, array_flip(['start', 'end', 'quiet_from', 'quiet_to']))) !== [],
        '#parents' => ['settings', 'schedule'],
        'start' => [
          '#title' => $this->t('Not before'),
          '#default_value' => $settings['start'],
          '#parents' => ['settings', 'schedule', 'start'],
        ] + $this->moment(),
        'end' => [
          '#title' => $this->t('Not after'),
          '#default_value' => $settings['end'],
          '#parents' => ['settings', 'schedule', 'end'],
        ] + $this->moment(),
        'quiet_from' => [
          '#title' => $this->t('Quiet from'),
          '#default_value' => $settings['quiet_from'],
          '#parents' => ['settings', 'schedule', 'quiet_from'],
        ] + $this->time(),
        'quiet_to' => [
          '#title' => $this->t('Quiet until'),
          '#default_value' => $settings['quiet_to'],
          '#parents' => ['settings', 'schedule', 'quiet_to'],
          '#description' => $this->t('What is due in between starts once, when the quiet hours are over.'),
        ] + $this->time(),
      ],
    ];
  }

  /**
   * The next times of a schedule that was saved.
   */
  private function next(Trigger $trigger): array {
    if ($trigger->isNew() || $trigger->getType() !== 'schedule') {
      return [];
    }
    return [
      'next' => [
        '#type' => 'item',
        '#title' => $this->t('Next times, as it was saved'),
        'times' => [
          '#theme' => 'item_list',
          '#items' => $this->text->next($trigger, 5),
          '#empty' => $this->t('It is never due again.'),
        ],
      ],
    ];
  }

  private function time(): array {
    return ['#type' => 'date', '#attributes' => ['type' => 'time']];
  }

  private function moment(): array {
    return ['#type' => 'date', '#attributes' => ['type' => 'datetime-local']];
  }

  private function onlyFor(string $kind): array {
    return ['#states' => ['visible' => [':input[name="settings[schedule][kind]"]' => ['value' => $kind]]]];
  }

  private function siteZone(): string {
    return (string) ($this->configFactory->get('system.date')->get('timezone.default') ?: date_default_timezone_get());
  }

  /**
   * Settings of a schedule, as they are stored.
   *
   * What another kind would need is left at its default.
   */
  public function settings(array $submitted): array {
    $of = [
      'daily' => ['time', 'days'],
      'interval' => ['seconds'],
      'once' => ['at'],
      'expression' => ['expression'],
    ][$submitted['kind'] ?? ''] ?? [];
    $common = ['kind', 'timezone', 'start', 'end', 'quiet_from', 'quiet_to', 'missed', 'overlap'];
    $settings = array_intersect_key($submitted, array_flip([...$of, ...$common])) + ScheduleSettings::DEFAULTS;
    $settings['seconds'] = (int) $settings['seconds'];
    $settings['days'] = array_values(array_map(intval(...), array_filter((array) $settings['days'], static fn (mixed $day): bool => is_string($day))));
    $settings['expression'] = trim((string) $settings['expression']);
    return array_replace(ScheduleSettings::DEFAULTS, $settings);
  }

  /**
   * What is wrong with the settings.
   *
   * @return array<string, string>
   *   A sentence, by the name of the field; none: they are right.
   */
  public function problems(Trigger $trigger): array {
    $settings = $trigger->getSettings();
    $none = ['start' => '', 'end' => '', 'quiet_from' => '', 'quiet_to' => ''];
    $kinds = ['daily' => 'time', 'interval' => 'seconds', 'once' => 'at'];
    // From what alone may be wrong to all of it together.
    $tries = [
      $kinds[$settings['kind']] ?? 'expression' => $none + $settings,
      'quiet_from' => ['start' => '', 'end' => ''] + $settings,
      'end' => $settings,
    ];
    foreach ($tries as $name => $try) {
      try {
        (new ScheduleSettings($try))->schedule();
      }
      catch (\InvalidArgumentException $exception) {
        return [$name => $exception->getMessage()];
      }
    }
    return [];
  }

}
