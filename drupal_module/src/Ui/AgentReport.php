<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Activity\CostTally;
use Drupal\background_agents\Activity\RunTally;
use Drupal\background_agents\Activity\SiteWeeks;
use Drupal\background_agents\Activity\Spent;
use Drupal\background_agents\Activity\WeekRuns;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\OutcomeTally;
use Drupal\background_agents\Review\Outcome\WeekOutcomes;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * An agent's runs, cost and drafts by week, as pictures and as one table.
 *
 * @internal
 */
final class AgentReport {

  use StringTranslationTrait;

  public function __construct(
    private readonly SiteWeeks $weeks,
    private readonly RunTally $runs,
    private readonly CostTally $costs,
    private readonly OutcomeTally $outcomes,
    private readonly BarChart $chart,
    private readonly ReasonText $reasons,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * Pictures, the table, and why runs failed.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Agent $agent, int $period): array {
    $id = (string) $agent->id();
    $weeks = $this->weeks->last($period);
    $runs = $this->runs->weeks($id, $weeks);
    $costs = $this->costs->weeks($id, $weeks);
    $outcomes = $this->outcomes->weeks($id, $period);
    return [
      'charts' => [
        '#type' => 'container',
        '#attributes' => ['class' => ['ba-charts']],
        'runs' => $this->titled($this->t('Runs'), $this->runChart($runs)),
        'cost' => $this->titled($this->t('Cost in US dollars'), $this->chart->build('cost', $this->t('Cost in US dollars by week. The table below has the numbers.'), $weeks->begins, [
          new ChartSeries('changed', $this->t('Cost'), array_map(static fn (Spent $spent): float => $spent->micros / 1_000_000, $costs)),
        ], 2)),
        'accepted' => $this->titled($this->t('Accepted, of the drafts that were decided, in percent'), $this->shareChart('accepted', $outcomes, self::acceptance(...))),
        'edited' => $this->titled($this->t('Edited, of the drafts that were accepted, in percent'), $this->shareChart('changed', $outcomes, self::edited(...))),
      ],
      'weeks' => $this->table($runs, $costs, $outcomes),
      'failures' => $this->failures($this->runs->failures($id, $weeks->since(), 20)),
    ];
  }

  /**
   * The share of the decided drafts that were accepted, also in part.
   *
   * @return float|null
   *   Percent; NULL: nothing was decided.
   */
  public static function acceptance(WeekOutcomes $week): ?float {
    $accepted = $week->count(Fate::Accepted) + $week->count(Fate::Changed) + $week->count(Fate::Partly);
    $decided = $accepted + $week->count(Fate::Refused) + $week->count(Fate::Replaced);
    return $decided === 0 ? NULL : 100 * $accepted / $decided;
  }

  /**
   * The share of the accepted drafts that people changed, or took in part.
   *
   * @return float|null
   *   Percent; NULL: nothing was accepted.
   */
  public static function edited(WeekOutcomes $week): ?float {
    $edited = $week->count(Fate::Changed) + $week->count(Fate::Partly);
    $accepted = $week->count(Fate::Accepted) + $edited;
    return $accepted === 0 ? NULL : 100 * $edited / $accepted;
  }

  private function titled(\Stringable $title, array $chart): array {
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-charts__one']],
      'title' => ['#type' => 'html_tag', '#tag' => 'h3', '#value' => $title],
      'chart' => $chart === [] ? ['#markup' => '<p>' . $this->t('Nothing in these weeks.') . '</p>'] : $chart,
    ];
  }

  /**
   * Runs by how they ended.
   *
   * @param non-empty-list<\Drupal\background_agents\Activity\WeekRuns> $runs
   *   By week.
   */
  private function runChart(array $runs): array {
    $series = static fn (string $look, \Stringable $label, callable $count): ChartSeries => new ChartSeries($look, $label, array_map($count, $runs));
    return $this->chart->build('runs', $this->t('Runs by week and how they ended. The table below has the numbers.'), array_map(static fn (WeekRuns $week): \DateTimeImmutable => $week->begins, $runs), [
      $series('accepted', $this->t('Completed'), static fn (WeekRuns $week): int => $week->in(RunState::Completed)),
      $series('refused', $this->t('Failed or expired'), static fn (WeekRuns $week): int => $week->in(RunState::Failed, RunState::Expired)),
      $series('superseded', $this->t('Cancelled'), static fn (WeekRuns $week): int => $week->in(RunState::Cancelled)),
      $series('undecided', $this->t('Not ended'), static fn (WeekRuns $week): int => $week->open()),
    ]);
  }

  /**
   * A share of drafts by week.
   *
   * @param string $look
   *   Of the bars.
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $outcomes
   *   By week.
   * @param callable(\Drupal\background_agents\Review\Outcome\WeekOutcomes): ?float $share
   *   The share.
   */
  private function shareChart(string $look, array $outcomes, callable $share): array {
    $label = $look === 'accepted' ? $this->t('Accepted') : $this->t('Edited');
    $title = $look === 'accepted' ? $this->t('Share of decided drafts that were accepted, by week. The table below has the numbers.') : $this->t('Share of accepted drafts that people edited, by week. The table below has the numbers.');
    return $this->chart->build("share-$look", $title, array_map(static fn (WeekOutcomes $week): \DateTimeImmutable => $week->begins, $outcomes), [
      new ChartSeries($look, $label, array_map(static fn (WeekOutcomes $week): float => $share($week) ?? 0.0, $outcomes)),
    ]);
  }

  /**
   * All numbers, the latest week first, and one row for all weeks.
   *
   * @param non-empty-list<\Drupal\background_agents\Activity\WeekRuns> $runs
   *   By week.
   * @param list<\Drupal\background_agents\Activity\Spent> $costs
   *   By week.
   * @param non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $outcomes
   *   By week.
   */
  private function table(array $runs, array $costs, array $outcomes): array {
    $rows = [];
    foreach ($runs as $number => $week) {
      $date = $this->dates->format($week->begins->getTimestamp(), 'custom', 'j M Y', $week->begins->getTimezone()->getName());
      $rows[] = [
        ['header' => TRUE, 'scope' => 'row', 'data' => $date],
        ...self::cells($week, $costs[$number], $outcomes[$number]),
      ];
    }
    return WideTable::of([
      '#type' => 'table',
      '#caption' => $this->t('By week'),
      '#header' => [
        $this->t('Week from'),
        $this->t('Runs'),
        $this->t('Completed'),
        $this->t('Failed or expired'),
        $this->t('Cancelled'),
        $this->t('Not ended'),
        $this->t('Cost (US dollars)'),
        $this->t('Tokens'),
        $this->t('Drafts'),
        $this->t('Accepted'),
        $this->t('Edited'),
      ],
      '#rows' => array_reverse($rows),
      '#footer' => [
        [
          ['header' => TRUE, 'scope' => 'row', 'data' => $this->t('All')],
          ...self::cells(WeekRuns::sum($runs), Spent::sum($costs), WeekOutcomes::sum($outcomes)),
        ],
      ],
    ], $this->t('By week'));
  }

  /**
   * The cells of a row after its first one.
   *
   * @return list<string|int>
   *   As text.
   */
  private static function cells(WeekRuns $runs, Spent $spent, WeekOutcomes $outcomes): array {
    $percent = static fn (?float $share): string => $share === NULL ? '' : round($share) . ' %';
    return [
      $runs->all(),
      $runs->in(RunState::Completed),
      $runs->in(RunState::Failed, RunState::Expired),
      $runs->in(RunState::Cancelled),
      $runs->open(),
      RunCells::money($spent->micros),
      number_format($spent->tokens),
      $outcomes->drafts(),
      $percent(self::acceptance($outcomes)),
      $percent(self::edited($outcomes)),
    ];
  }

  /**
   * Why runs failed, and what to do.
   *
   * @param array<string, int> $failures
   *   Numbers by reason.
   */
  private function failures(array $failures): array {
    $rows = [];
    foreach ($failures as $reason => $count) {
      $rows[] = [
        [
          'data' => [
            'words' => ['#plain_text' => (string) ($this->reasons->brief((string) $reason) ?: $this->reasons->state((string) $reason))],
            'reason' => [
              '#type' => 'html_tag',
              '#tag' => 'div',
              '#attributes' => ['class' => ['ba-meta']],
              'code' => ['#type' => 'html_tag', '#tag' => 'code', 'text' => ['#plain_text' => (string) $reason]],
            ],
          ],
        ],
        $count,
        $this->reasons->advice((string) $reason) ?? '',
      ];
    }
    return CardTable::of([
      '#type' => 'table',
      '#caption' => $this->t('Why runs failed or expired'),
      '#header' => [$this->t('Reason'), $this->t('Runs'), $this->t('What to do')],
      '#rows' => $rows,
      '#empty' => $this->t('No run has failed or expired in these weeks.'),
    ], $this->t('Why runs failed or expired'));
  }

}
