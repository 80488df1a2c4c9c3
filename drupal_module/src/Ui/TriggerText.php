<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Triggers in words: what sets them off, and when next.
 *
 * @internal
 */
final class TriggerText {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ContentTypes $contentTypes,
    private readonly ScheduleText $schedules,
  ) {}

  /**
   * What sets it off.
   */
  public function rule(Trigger $trigger): TranslatableMarkup {
    return match ($trigger->getType()) {
      'cron' => $this->t('every @interval', ['@interval' => $this->dateFormatter->formatInterval((int) $trigger->getSettings()['interval'])]),
      'schedule' => $this->schedules->rule($trigger),
      default => $this->content($trigger->getSettings()),
    };
  }

  /**
   * When it is due next; empty where nobody knows.
   */
  public function next(Trigger $trigger): string {
    return $trigger->getType() === 'schedule' && $trigger->status() ? $this->schedules->next($trigger, 1)[0] ?? (string) $this->t('never again') : '';
  }

  /**
   * What more a content trigger asks of a save.
   *
   * @return list<string>
   *   Sentences; none: nothing.
   */
  public function more(Trigger $trigger): array {
    $settings = $trigger->getSettings();
    return $trigger->getType() !== 'content' ? [] : array_values(array_map(strval(...), array_filter([
      $settings['fields'] === [] ? NULL : $this->t('Fields that change: @fields', ['@fields' => implode(', ', $settings['fields'])]),
      $settings['conditions'] === [] ? NULL : $this->formatPlural(count($settings['conditions']), '1 condition', '@count conditions'),
    ])));
  }

  private function content(array $settings): TranslatableMarkup {
    $labels = $this->contentTypes->bundleLabels($settings['entity_type']);
    $bundles = array_intersect_key($labels, array_flip($settings['bundles']));
    $verbs = ['insert' => $this->t('added'), 'update' => $this->t('changed'), 'delete' => $this->t('deleted')];
    return $this->t('when @what is @verbs (@revisions)', [
      '@what' => $bundles === [] ? ($this->contentTypes->labels()[$settings['entity_type']] ?? $settings['entity_type']) : implode(', ', $bundles),
      '@verbs' => implode(', ', array_intersect_key($verbs, array_flip($settings['operations']))),
      '@revisions' => match ($settings['revisions']) {
        'published' => $this->t('published revisions'),
        'state_change' => $this->t('changes of the moderation state'),
        default => $this->t('any revision'),
      },
    ]);
  }

}
