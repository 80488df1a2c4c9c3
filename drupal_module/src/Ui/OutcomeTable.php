<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\WeekOutcomes;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What became of an agent's drafts in numbers, and why people refused some.
 *
 * @internal
 */
final class OutcomeTable {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * A row for each week, the latest first, and one for all.
   *
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks, the oldest first.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function weeks(array $weeks): array {
    $label = $this->t('Drafts by week');
    $rows = array_map(fn (WeekOutcomes $week): array => [
      [
        'header' => TRUE,
        'scope' => 'row',
        'data' => $this->dates->format($week->begins->getTimestamp(), 'custom', 'j M Y', $week->begins->getTimezone()->getName()),
      ],
      ...$this->cells($week),
    ], array_reverse($weeks));
    return [
      '#type' => 'container',
      '#attributes' => [
        'class' => ['ba-outcomes__scroll'],
        'role' => 'region',
        'tabindex' => 0,
        'aria-label' => $label,
      ],
      'table' => [
        '#type' => 'table',
        '#caption' => $label,
        '#header' => $this->header(),
        '#rows' => $rows,
        '#footer' => [
          [
            ['header' => TRUE, 'scope' => 'row', 'data' => $this->t('All')],
            ...$this->cells(WeekOutcomes::sum($weeks)),
          ],
        ],
      ],
    ];
  }

  /**
   * What a program reads: the same numbers.
   *
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks.
   *
   * @return list<list<string|int|float|null>>
   *   Rows of cells; the first has the names.
   */
  public function plain(array $weeks): array {
    $rows = [['week', 'drafts', ...array_column(Fate::cases(), 'value'), 'median_share']];
    foreach ($weeks as $week) {
      $counts = array_map($week->count(...), Fate::cases());
      $rows[] = [$week->begins->format('Y-m-d'), $week->drafts(), ...$counts, $week->medianShare()];
    }
    return $rows;
  }

  /**
   * Why drafts were refused.
   *
   * @param list<\Drupal\background_agents\Entity\Change> $refusals
   *   Refused changes.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function refusals(array $refusals): array {
    return [
      '#type' => 'table',
      '#caption' => $this->t('Why drafts were refused'),
      '#header' => [$this->t('Content'), $this->t('Reason'), $this->t('Left')],
      '#rows' => array_map(fn (Change $change): array => [
        [
          'data' => [
            '#type' => 'link',
            '#title' => $change->getTargetLabel() === '' ? $this->t('Draft @id', ['@id' => $change->id()]) : $change->getTargetLabel(),
            '#url' => $change->toUrl(),
          ],
        ],
        ['data' => ['#plain_text' => $change->getReason()], 'dir' => 'auto', 'class' => ['ba-outcomes__reason']],
        $this->dates->format($change->getCreatedTime(), 'short'),
      ], $refusals),
      '#empty' => $this->t('Nobody has refused a draft with a reason in these weeks.'),
    ];
  }

  private function header(): array {
    $header = [$this->t('Week from'), $this->t('Drafts')];
    foreach (Fate::cases() as $fate) {
      $header[] = $fate === Fate::Changed ? $this->t('Accepted with changes (median share published)') : $fate->label();
    }
    return $header;
  }

  /**
   * The cells of a row after its first one.
   *
   * @return list<\Drupal\Core\StringTranslation\TranslatableMarkup|int>
   */
  private function cells(WeekOutcomes $week): array {
    return [
      $week->drafts(),
      ...array_map(fn (Fate $fate): TranslatableMarkup|int => $fate === Fate::Changed && $week->medianShare() !== NULL
        ? $this->t('@count (@share %)', ['@count' => $week->count($fate), '@share' => round($week->medianShare())])
        : $week->count($fate), Fate::cases()),
    ];
  }

}
