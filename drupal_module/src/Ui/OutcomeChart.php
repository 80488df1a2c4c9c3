<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\WeekOutcomes;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Draws what became of an agent's drafts as a bar for each week.
 *
 * @internal
 */
final class OutcomeChart {

  use StringTranslationTrait;

  public function __construct(
    private readonly BarChart $chart,
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
    $series = array_map(static fn (Fate $fate): ChartSeries => new ChartSeries($fate->value, $fate->label(), array_map(static fn (WeekOutcomes $week): int => $week->count($fate), $weeks)), Fate::cases());
    $title = $this->t('Drafts by week and what became of them. The table below has the numbers.');
    return $this->chart->build('outcomes', $title, array_map(static fn (WeekOutcomes $week): \DateTimeImmutable => $week->begins, $weeks), $series);
  }

}
