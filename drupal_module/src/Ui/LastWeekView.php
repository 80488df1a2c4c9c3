<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Batch\Estimator;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\LastWeek;
use Drupal\background_agents\Trigger\LastWeekCalculator;
use Drupal\background_agents\Trigger\WeekSave;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What a trigger would have started in the last week, for people.
 *
 * @internal
 */
final class LastWeekView {

  use StringTranslationTrait;

  public function __construct(
    private readonly LastWeekCalculator $calculator,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly Estimator $estimator,
  ) {}

  /**
   * The number, the first items, the cost, and what is not known.
   */
  public function build(Trigger $trigger): array {
    $week = $this->calculator->of($trigger);
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-week'], 'role' => 'status'],
      'count' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        'text' => ['#markup' => '<strong>' . $this->sentence($week) . '</strong>'],
      ],
      'cost' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        'text' => ['#plain_text' => (bool) $week->count ? $this->cost($trigger->getAgentId(), $week->count) : ''],
        '#access' => (bool) $week->count,
      ],
      'first' => [
        '#type' => 'item',
        '#title' => $week->saves === [] ? $this->t('The first times') : $this->t('The last ones'),
        'list' => [
          '#theme' => 'item_list',
          '#items' => $week->saves === [] ? $this->times($week->times, $trigger) : $this->items($week->saves, $trigger),
        ],
        '#access' => $week->saves !== [] || $week->times !== [],
      ],
      'unknown' => [
        '#type' => 'item',
        '#title' => $this->t('What is not known here'),
        'list' => ['#theme' => 'item_list', '#items' => $this->unknown($trigger, $week)],
        '#access' => $trigger->getType() === 'content',
      ],
    ];
  }

  /**
   * What they would have cost, by the average of runs that have ended.
   */
  private function cost(string $agent, int $count): string {
    $average = $this->estimator->of($agent);
    if ($average === NULL) {
      return (string) $this->t('What that costs is not known: no run of the agent has ended yet.');
    }
    if ($average->cost <= 0) {
      return (string) $this->t('That is about @tokens tokens; their price is not known.', ['@tokens' => number_format($average->tokens * $count)]);
    }
    $cost = ['@cost' => number_format($average->cost * $count / 1_000_000, 2)];
    return (string) $this->formatPlural($average->runs, 'By the cost of its one run that has ended, that is about @cost US dollars.', 'By the average cost of its newest @count ended runs, that is about @cost US dollars.', $cost);
  }

  private function sentence(LastWeek $week): string {
    if ($week->count === NULL) {
      return (string) $this->t('What it would have started is not known: Drupal keeps no history for it, or it is not set up whole.');
    }
    $sentence = $week->isMore && $week->looked === NULL
      ? $this->formatPlural($week->count, 'In the last seven days it would have started once or more often.', 'In the last seven days it would have started @count times or more often.')
      : $this->formatPlural($week->count, 'In the last seven days it would have started once.', 'In the last seven days it would have started @count times.');
    $numbers = ['@looked' => $week->looked, '@count' => $week->count];
    return $week->isMore && $week->looked !== NULL
      ? (string) $this->t('Of the newest @looked saves that it waits for, @count would have started it. There were more.', $numbers)
      : (string) $sentence;
  }

  /**
   * The items, with links, as far as the person may see them.
   *
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   The saves.
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   The trigger.
   */
  private function items(array $saves, Trigger $trigger): array {
    $entities = $this->entityTypeManager->getStorage($trigger->getSettings()['entity_type'])->loadMultiple(array_unique(array_column($saves, 'item')));
    return array_map(function (WeekSave $save) use ($entities): array {
      $entity = $entities[$save->item] ?? NULL;
      $entity = $entity instanceof ContentEntityInterface && $entity->hasTranslation($save->langcode) ? $entity->getTranslation($save->langcode) : $entity;
      $isSeen = $entity !== NULL && $entity->access('view');
      return [
        '#type' => 'inline_template',
        '#template' => '{{ item }}, {{ when }}',
        '#context' => [
          'item' => $isSeen ? $entity->toLink()->toRenderable() : $this->t('An item that you may not see'),
          'when' => $this->dateFormatter->format($save->time, 'short'),
        ],
      ];
    }, $saves);
  }

  private function times(array $times, Trigger $trigger): array {
    return array_map(fn (int $time): string => $this->dateFormatter->format($time, 'medium', '', $trigger->getSettings()['timezone']), $times);
  }

  private function unknown(Trigger $trigger, LastWeek $week): array {
    $settings = $trigger->getSettings();
    $sentences = [
      $this->t('Saves that made no new revision, or changed nothing.'),
      $this->t('Whether a save held the work of the agent itself, which does not start it again.'),
    ];
    if (in_array('delete', $settings['operations'], TRUE)) {
      $sentences[] = $this->t('What was deleted.');
    }
    if ($week->looked !== NULL) {
      $sentences[] = $this->t('Which roles people had at the time: those of today count.');
    }
    return $sentences;
  }

}
