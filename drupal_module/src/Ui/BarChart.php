<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Render\Markup;

/**
 * Draws a bar for each week, or other span of time.
 *
 * Each kind has a pattern besides its colour. A table says the same in numbers,
 * so the picture is one image to screen readers.
 *
 * @internal
 */
final class BarChart {

  private const int WIDTH = 720;
  private const int HEIGHT = 220;
  private const int TOP = 24;
  private const int BOTTOM = 28;

  /**
   * Units that a digit is wide where the screen is narrow.
   */
  private const int DIGIT = 12;

  /**
   * Lines on a square of eight units; none: a plain colour.
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
   * Draws the spans.
   *
   * @param string $id
   *   Of the chart on its page.
   * @param string|\Stringable $title
   *   What the picture shows, and where the numbers are.
   * @param non-empty-list<\DateTimeImmutable> $begins
   *   When each span begins, the oldest first.
   * @param non-empty-list<\Drupal\background_agents\Ui\ChartSeries> $series
   *   What is counted, from the foot of each bar upwards.
   * @param int $decimals
   *   Of the number above a bar.
   *
   * @return array<string, mixed>
   *   A render array; empty when there is nothing.
   */
  public function build(string $id, string|\Stringable $title, array $begins, array $series, int $decimals = 0): array {
    $sums = array_map(static fn (int $number): float => (float) array_sum(array_map(static fn (ChartSeries $one): float => (float) $one->values[$number], $series)), array_keys($begins));
    $most = max($sums);
    if ($most <= 0) {
      return [];
    }
    $slot = self::WIDTH / count($begins);
    $svg = '';
    foreach ($begins as $number => $begin) {
      $svg .= $this->bar($id, $series, $number, $number * $slot + $slot * 0.15, $slot * 0.7, $most);
      $svg .= self::number($sums[$number], $decimals, $number * $slot + $slot / 2, $slot, self::foot() - $sums[$number] * self::unit($most) - 6);
      if ($number % (int) ceil(count($begins) / 6) === 0) {
        $date = Html::escape($this->dates->format($begin->getTimestamp(), 'custom', 'j M', $begin->getTimezone()->getName()));
        $svg .= sprintf('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', $number * $slot + $slot / 2, self::HEIGHT - 8, $date);
      }
    }
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-outcomes__chart']],
      'legend' => self::legend($id, $series),
      'chart' => ['#markup' => self::picture($id, $title, $svg)],
    ];
  }

  private static function picture(string $id, string|\Stringable $title, string $svg): MarkupInterface {
    return Markup::create(sprintf(
      '<svg class="ba-outcomes__svg" viewBox="0 0 %d %d" role="img" aria-labelledby="ba-%s-title"><title id="ba-%3$s-title">%s</title><defs>%s</defs>%s</svg>',
      self::WIDTH,
      self::HEIGHT,
      $id,
      Html::escape((string) $title),
      self::patterns($id),
      $svg,
    ));
  }

  /**
   * Which pattern means what: those that are in the chart.
   *
   * @param string $id
   *   Of the chart.
   * @param non-empty-list<\Drupal\background_agents\Ui\ChartSeries> $series
   *   What is counted.
   */
  private static function legend(string $id, array $series): array {
    $items = '';
    foreach ($series as $one) {
      if (array_sum($one->values) > 0) {
        $items .= '<li><svg aria-hidden="true" viewBox="0 0 16 16" width="16" height="16">' . self::rectangle($id, $one->look, 0, 0, 16, 16) . '</svg> ' . Html::escape((string) $one->label) . '</li>';
      }
    }
    return ['#markup' => Markup::create('<ul class="ba-outcomes__legend">' . $items . '</ul>')];
  }

  /**
   * One bar.
   *
   * @param string $id
   *   Of the chart.
   * @param non-empty-list<\Drupal\background_agents\Ui\ChartSeries> $series
   *   What is counted.
   * @param int $number
   *   Of the bar.
   * @param float $left
   *   Its left side.
   * @param float $width
   *   Its width.
   * @param float $most
   *   The sum of the highest one.
   */
  private function bar(string $id, array $series, int $number, float $left, float $width, float $most): string {
    $svg = '';
    $foot = self::foot();
    foreach ($series as $one) {
      $height = $one->values[$number] * self::unit($most);
      $foot -= $height;
      $svg .= $height > 0 ? self::rectangle($id, $one->look, $left, $foot, $width, $height) : '';
    }
    return $svg;
  }

  /**
   * The number above a bar, where there is room for it.
   */
  private static function number(float $sum, int $decimals, float $middle, float $room, float $foot): string {
    $text = number_format($sum, $decimals);
    return $sum <= 0 || strlen($text) * self::DIGIT > $room ? '' : sprintf('<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>', $middle, $foot, $text);
  }

  private static function foot(): float {
    return self::HEIGHT - self::BOTTOM;
  }

  private static function unit(float $most): float {
    return (self::foot() - self::TOP) / $most;
  }

  private static function rectangle(string $id, string $look, float $left, float $top, float $width, float $height): string {
    return sprintf('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#ba-%s-%s)" class="ba-fate-edge"/>', $left, $top, $width, $height, $id, $look);
  }

  private static function patterns(string $id): string {
    $patterns = '';
    foreach (self::PATTERNS as $look => $lines) {
      $patterns .= sprintf('<pattern id="ba-%s-%s" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="ba-fate ba-fate--%2$s"/><path d="%s" class="ba-fate-line"/></pattern>', $id, $look, $lines);
    }
    return $patterns;
  }

}
