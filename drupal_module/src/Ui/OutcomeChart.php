<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\WeekOutcomes;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Draws what became of an agent's drafts as a bar for each week.
 *
 * Each fate has a pattern besides its colour. The table below says the same in
 * numbers, so the picture is one image to screen readers.
 *
 * @internal
 */
final class OutcomeChart {

  use StringTranslationTrait;

  private const int WIDTH = 720;
  private const int HEIGHT = 220;
  private const int TOP = 24;
  private const int BOTTOM = 28;

  /**
   * Lines on a square of eight units, by fate; none: a plain colour.
   */
  private const array PATTERNS = [
    'accepted' => '',
    'changed' => 'M0 8L8 0',
    'partly' => 'M0 4H8',
    'replaced' => 'M4 0V8',
    'refused' => 'M0 0L8 8M0 8L8 0',
    'superseded' => 'M0 0L8 8',
    'undecided' => 'M4 3V5',
  ];

  public function __construct(
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * Draws the weeks.
   *
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks, the oldest first.
   *
   * @return array<string, mixed>
   *   A render array; empty when there are no drafts.
   */
  public function build(array $weeks): array {
    $most = max(array_map(static fn (WeekOutcomes $week): int => $week->drafts(), $weeks));
    return $most === 0 ? [] : [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-outcomes__chart']],
      'legend' => $this->legend(WeekOutcomes::sum($weeks)),
      'chart' => ['#markup' => $this->svg($weeks, $most)],
    ];
  }

  /**
   * Which pattern means what: those that are in the chart.
   */
  private function legend(WeekOutcomes $sum): array {
    $items = '';
    foreach (Fate::cases() as $fate) {
      if ($sum->count($fate) > 0) {
        $items .= '<li><svg aria-hidden="true" viewBox="0 0 16 16" width="16" height="16">' . $this->bar($fate, 0, 0, 16, 16) . '</svg> ' . Html::escape((string) $fate->label()) . '</li>';
      }
    }
    return ['#markup' => Markup::create('<ul class="ba-outcomes__legend">' . $items . '</ul>')];
  }

  /**
   * Draws the picture.
   *
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks.
   * @param int $most
   *   The drafts of the week that has most.
   */
  private function svg(array $weeks, int $most): MarkupInterface {
    $slot = self::WIDTH / count($weeks);
    $every = (int) ceil(count($weeks) / 6);
    $svg = '';
    foreach ($weeks as $number => $week) {
      $left = $number * $slot;
      $svg .= $this->week($week, $left + $slot * 0.15, $slot * 0.7, $most);
      if ($number % $every === 0) {
        $date = Html::escape($this->dates->format($week->begins->getTimestamp(), 'custom', 'j M', $week->begins->getTimezone()->getName()));
        $svg .= sprintf('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', $left + $slot / 2, self::HEIGHT - 8, $date);
      }
    }
    return Markup::create(sprintf(
      '<svg class="ba-outcomes__svg" viewBox="0 0 %d %d" role="img" aria-labelledby="ba-outcomes-title"><title id="ba-outcomes-title">%s</title><defs>%s</defs>%s</svg>',
      self::WIDTH,
      self::HEIGHT,
      Html::escape((string) $this->t('Drafts by week and what became of them. The table below has the numbers.')),
      $this->patterns(),
      $svg,
    ));
  }

  /**
   * One bar, from what was accepted at its foot to what is undecided.
   */
  private function week(WeekOutcomes $week, float $left, float $width, int $most): string {
    $svg = '';
    $foot = self::HEIGHT - self::BOTTOM;
    $unit = ($foot - self::TOP) / $most;
    foreach (Fate::cases() as $fate) {
      $height = $week->count($fate) * $unit;
      $foot -= $height;
      $svg .= $height > 0 ? $this->bar($fate, $left, $foot, $width, $height) : '';
    }
    return $svg . ($week->drafts() === 0 ? '' : sprintf('<text x="%.1f" y="%.1f" text-anchor="middle">%d</text>', $left + $width / 2, $foot - 6, $week->drafts()));
  }

  private function bar(Fate $fate, float $left, float $top, float $width, float $height): string {
    return sprintf('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#ba-fate-%s)" class="ba-fate-edge"/>', $left, $top, $width, $height, $fate->value);
  }

  private function patterns(): string {
    $patterns = '';
    foreach (self::PATTERNS as $fate => $lines) {
      $patterns .= sprintf('<pattern id="ba-fate-%1$s" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="ba-fate ba-fate--%1$s"/><path d="%2$s" class="ba-fate-line"/></pattern>', $fate, $lines);
    }
    return $patterns;
  }

}
