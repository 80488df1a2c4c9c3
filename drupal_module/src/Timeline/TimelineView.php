<?php

declare(strict_types=1);

namespace Drupal\background_agents\Timeline;

use Drupal\background_agents\Progress\ItemLabels;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Words and render arrays for a timeline.
 *
 * What agents, models and tools said is hostile: it only ever leaves here as a
 * plain string in a template variable, which Twig escapes.
 *
 * @internal
 */
final class TimelineView {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ItemView $itemView,
    private readonly ItemLabels $labels,
  ) {}

  /**
   * Renders events.
   *
   * @param array<int, array<string, mixed>> $events
   *   Events as EventStore::after() gives them, from the first of a group on.
   * @param bool $live
   *   Whether the run is still going on: what has not ended is then "under
   *   way", else it is "no answer".
   * @param array<string, \Drupal\Core\Url> $links
   *   Links to drafts, keyed by "entity type:revision id".
   *
   * @return array<int, array{key: string, first: int, build: array<string, mixed>}>
   *   One render array for each group.
   */
  public function groups(array $events, bool $live, array $links = []): array {
    $views = [];
    $events = array_map(Timeline::normalise(...), $events);
    $labels = $this->labels->of($events);
    foreach (Timeline::group($events) as $group) {
      $items = array_map(fn (array $item): array => $this->itemView->view($item, $live, $links, $labels), $group['items']);
      $views[] = [
        'key' => 'g' . $group['first'],
        'first' => $group['first'],
        'build' => [
          '#theme' => 'background_agents_timeline_group',
          '#key' => 'g' . $group['first'],
          '#heading' => $this->heading($group),
          '#sentence' => $group['step'] === NULL ? NULL : self::sentence($group['items'], $items),
          '#meta' => $this->meta($group),
          '#items' => $items,
          '#failed' => $group['failed'],
          '#live' => $live && !$group['done'],
          '#number' => $group['step'],
        ],
      ];
    }
    return $views;
  }

  /**
   * The heading of a step; NULL for what is about the run itself.
   */
  private function heading(array $group): ?TranslatableMarkup {
    if ($group['step'] === NULL) {
      return NULL;
    }
    return $group['continued'] ? $this->t('Step @number, continued', ['@number' => $group['step']]) : $this->t('Step @number', ['@number' => $group['step']]);
  }

  /**
   * What a step came to, as one sentence: that of what matters most in it.
   *
   * @param array<int, array<string, mixed>> $items
   *   The items of the step, see Timeline.
   * @param array<int, array<string, mixed>> $views
   *   Their views.
   */
  private static function sentence(array $items, array $views): mixed {
    $best = NULL;
    foreach ($items as $index => $item) {
      $rank = match (TRUE) {
        // Under way.
        $item['kind'] === 'tool' && $item['end'] === NULL => 5,
        ($item['start']['type'] ?? '') === 'change_saved' => 4,
        ($item['start']['type'] ?? '') === 'progress_reported' => 3,
        $item['kind'] === 'tool' => 2,
        $item['kind'] === 'model' => 1,
        default => 0,
      };
      if ($best === NULL || $rank >= $best[0]) {
        $best = [$rank, $index];
      }
    }
    return $best === NULL ? NULL : $views[$best[1]]['sentence'] ?? $views[$best[1]]['title'];
  }

  /**
   * Duration and tokens of a step.
   */
  private function meta(array $group): array {
    if ($group['step'] === NULL) {
      return [];
    }
    $meta = [];
    $seconds = strtotime($group['end']) - strtotime($group['start']);
    if ($seconds >= 1) {
      $meta[] = $this->dateFormatter->formatInterval($seconds);
    }
    if ((int) $group['input_tokens'] + (int) $group['output_tokens'] > 0) {
      $meta[] = $this->t('@in tokens in, @out out', [
        '@in' => number_format($group['input_tokens']),
        '@out' => number_format($group['output_tokens']),
      ]);
    }
    return $meta;
  }

}
