<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Activity\CostPeriods;
use Drupal\background_agents\Activity\CostTally;
use Drupal\background_agents\Activity\Spent;
use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * What agents have spent, by agent and day, week or month.
 *
 * @internal
 */
final class CostTable {

  use StringTranslationTrait;

  public function __construct(
    private readonly CostTally $tally,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunLimits $limits,
    private readonly DateFormatterInterface $dates,
    private readonly TimeInterface $time,
    private readonly BarChart $chart,
  ) {}

  /**
   * The picture and the table.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(CostPeriods $periods): array {
    $spent = $this->tally->periods($periods);
    $begins = $periods->begins($this->time->getRequestTime());
    $totals = self::totals($spent, $begins);
    return [
      'chart' => $this->chart->build('cost', $this->t('Cost in US dollars of all agents. The table below has the numbers.'), array_map(self::date(...), array_reverse($begins)), [
        new ChartSeries('changed', $this->t('Cost in US dollars'), array_map(static fn (Spent $one): float => $one->micros / 1_000_000, array_reverse(array_values($totals)))),
      ], 2),
      'table' => WideTable::of([
        '#type' => 'table',
        '#caption' => $this->t('Cost in US dollars'),
        '#header' => [
          $this->t('Agent'),
          $this->t('All'),
          $this->t('Tokens'),
          $this->t('Budget of today'),
          ...array_map(fn (string $day): string => $this->name($day, $periods), $begins),
        ],
        '#rows' => $this->rows($spent, $begins),
        '#footer' => [
          [
            ['header' => TRUE, 'scope' => 'row', 'data' => $this->t('All agents')],
            ...$this->cells(Spent::sum($totals), '', array_values($totals)),
          ],
        ],
        '#empty' => $this->t('No agent has used a model in this time.'),
      ], $this->t('Cost in US dollars')),
    ];
  }

  /**
   * What a spreadsheet reads: a row for each agent and period.
   *
   * @return \Generator<list<string|int|float|null>>
   *   The first row has the names of the columns.
   */
  public function plain(CostPeriods $periods): \Generator {
    yield [$periods->value, 'agent', 'agent_label', 'cost_usd', 'tokens'];
    $labels = $this->agents();
    foreach ($this->tally->periods($periods) as $agent => $spent) {
      foreach ($spent as $day => $one) {
        $label = (string) ($labels[$agent] ?? NULL)?->label();
        yield [$day, (string) $agent, $label, $one->micros / 1_000_000, $one->tokens];
      }
    }
  }

  /**
   * A row for each agent, the dearest one first.
   *
   * @param array<string, array<string, \Drupal\background_agents\Activity\Spent>> $spent
   *   By agent and period.
   * @param list<string> $begins
   *   The periods.
   */
  private function rows(array $spent, array $begins): array {
    $agents = $this->agents();
    $today = $this->tally->today();
    $sums = array_map(Spent::sum(...), $spent);
    uasort($sums, static fn (Spent $one, Spent $other): int => $other->micros <=> $one->micros ?: $other->tokens <=> $one->tokens);
    $rows = [];
    foreach ($sums as $id => $sum) {
      $agent = $agents[$id] ?? NULL;
      $cells = array_map(static fn (string $day): Spent => $spent[$id][$day] ?? new Spent(), $begins);
      $rows[] = [
        [
          'header' => TRUE,
          'scope' => 'row',
          'data' => $agent === NULL ? ['#plain_text' => (string) $id] : $this->link($agent),
        ],
        ...$this->cells($sum, $agent === NULL ? '' : $this->budget($agent, $today[$id] ?? new Spent()), $cells),
      ];
    }
    return $rows;
  }

  /**
   * The cells of a row after its first one.
   *
   * @param \Drupal\background_agents\Activity\Spent $sum
   *   Over all periods.
   * @param string|\Stringable $budget
   *   How much of it is used.
   * @param list<\Drupal\background_agents\Activity\Spent> $spent
   *   By period.
   */
  private function cells(Spent $sum, string|\Stringable $budget, array $spent): array {
    return [$this->cost($sum), number_format($sum->tokens), $budget, ...array_map($this->cost(...), $spent)];
  }

  private function cost(Spent $spent): string|\Stringable {
    return $spent->isUnpriced() ? $this->t('@tokens tokens, no price', ['@tokens' => number_format($spent->tokens)]) : RunCells::money($spent->micros);
  }

  /**
   * How much of its budgets of a day an agent has used today.
   */
  private function budget(Agent $agent, Spent $today): TranslatableMarkup {
    $limits = $this->limits->resolve($agent);
    [$cost, $tokens] = [(int) ($limits['cost_micros_per_day'] ?? 0), (int) ($limits['tokens_per_day'] ?? 0)];
    return match (TRUE) {
      $cost > 0 => $this->t('@share % of @budget US dollars', [
        '@share' => round(100 * $today->micros / $cost),
        '@budget' => number_format($cost / 1_000_000, 2),
      ]),
      $tokens > 0 => $this->t('@share % of @budget tokens', [
        '@share' => round(100 * $today->tokens / $tokens),
        '@budget' => number_format($tokens),
      ]),
      default => $this->t('none set'),
    };
  }

  private function link(Agent $agent): array {
    return [
      '#type' => 'link',
      '#title' => $agent->label(),
      '#url' => Url::fromRoute('background_agents.agent_report', ['background_agents_agent' => $agent->id()]),
    ];
  }

  /**
   * All agents by id.
   *
   * @return array<string, \Drupal\background_agents\Entity\Agent>
   *   By id.
   */
  private function agents(): array {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple();
    return array_filter($agents, static fn (mixed $agent): bool => $agent instanceof Agent);
  }

  /**
   * What all agents have spent in each period.
   *
   * @return array<string, \Drupal\background_agents\Activity\Spent>
   *   By period, the latest first.
   */
  private static function totals(array $spent, array $begins): array {
    return array_combine($begins, array_map(static fn (string $day): Spent => Spent::sum(array_filter(array_column($spent, $day))), $begins));
  }

  private function name(string $day, CostPeriods $periods): string {
    return $this->dates->format(self::date($day)->getTimestamp(), 'custom', $periods === CostPeriods::Month ? 'M Y' : 'j M', 'UTC');
  }

  private static function date(string $day): \DateTimeImmutable {
    return new \DateTimeImmutable("$day 00:00", new \DateTimeZone('UTC'));
  }

}
