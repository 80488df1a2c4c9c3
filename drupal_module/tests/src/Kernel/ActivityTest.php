<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Activity\CostPeriods;
use Drupal\background_agents\Activity\CostTally;
use Drupal\background_agents\Activity\RunTally;
use Drupal\background_agents\Activity\SiteWeeks;
use Drupal\background_agents\Activity\Spent;
use Drupal\background_agents\Activity\WeekRuns;
use Drupal\background_agents\Activity\Weeks;
use Drupal\background_agents\Controller\AgentReportController;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\WeekOutcomes;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Ui\AgentReport;
use Drupal\background_agents\Ui\BarChart;
use Drupal\background_agents\Ui\ChartSeries;
use Drupal\background_agents\Ui\CostTable;
use Drupal\Core\Database\Database;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * What an agent does and costs, by week, day and month.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ActivityTest extends AgentsKernelTestBase {

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->config('system.date')->set('timezone.default', 'Europe/Berlin')->save();
    $this->agent = $this->agent();
  }

  /**
   * Runs are counted in the weeks of the site's zone, across a changed clock.
   */
  public function testRunsByWeek(): void {
    $zone = new \DateTimeZone('Europe/Berlin');
    $at = static fn (string $time): int => (new \DateTimeImmutable($time, $zone))->getTimestamp();
    // The clock goes back on 26 October 2025.
    $weeks = Weeks::last(3, $at('2025-10-29 12:00'), $zone);
    $this->assertSame(['2025-10-13', '2025-10-20', '2025-10-27'], array_map(static fn (\DateTimeImmutable $week): string => $week->format('Y-m-d'), $weeks->begins));
    foreach ([
      ['2025-10-12 23:59', 'completed'],
      ['2025-10-13 00:00', 'completed'],
      ['2025-10-26 23:59', 'failed', 'limit:steps'],
      ['2025-10-26 02:30', 'failed', 'limit:steps'],
      ['2025-10-27 00:00', 'expired', 'expired'],
      ['2025-10-28 10:00', 'cancelled'],
      ['2025-10-28 10:00', 'waiting'],
    ] as $row) {
      $this->running($this->agent, ['created' => $at($row[0]), 'state' => $row[1], 'reason' => $row[2] ?? NULL]);
    }
    $this->running($this->agent('other'), ['created' => $at('2025-10-28 10:00')]);
    $this->running($this->agent, ['created' => $at('2025-10-28 10:00'), 'state' => 'failed', 'reason' => 'limit:steps', 'dry_run' => TRUE]);
    $tally = \Drupal::service(RunTally::class);
    $found = $tally->weeks('writer', $weeks);
    $this->assertSame([1, 2, 3], array_map(static fn (WeekRuns $week): int => $week->all(), $found));
    $sum = WeekRuns::sum($found);
    $this->assertSame([1, 2, 1, 1, 1], [
      $sum->in(RunState::Completed), $sum->in(RunState::Failed), $sum->in(RunState::Expired), $sum->in(RunState::Cancelled), $sum->open(),
    ]);
    $this->assertSame(['limit:steps' => 2, 'expired' => 1], $tally->failures('writer', $weeks->since(), 5));
    $this->assertSame(['limit:steps' => 2], $tally->failures('writer', $weeks->since(), 1));
    $this->assertCount(3, $tally->last('writer', 3));
  }

  /**
   * Costs add up to the same, whichever periods one chooses.
   */
  public function testCosts(): void {
    $now = \Drupal::time()->getRequestTime();
    $day = static fn (int $ago): string => gmdate('Y-m-d', $now - $ago * 86400);
    foreach ([[0, 'writer', 1_500_000, 900], [1, 'writer', 500_000, 100], [0, 'gone', 0, 77], [3000, 'writer', 9, 9]] as [$ago, $agent, $cost, $tokens]) {
      \Drupal::database()->insert('background_agents_spent')->fields(['day' => $day($ago), 'agent' => $agent, 'cost_micros' => $cost, 'tokens' => $tokens])->execute();
    }
    $tally = \Drupal::service(CostTally::class);
    foreach (CostPeriods::cases() as $periods) {
      $spent = $tally->periods($periods);
      $this->assertSame([2_000_000, 1000], [Spent::sum($spent['writer'])->micros, Spent::sum($spent['writer'])->tokens], $periods->value);
      $this->assertTrue(Spent::sum($spent['gone'])->isUnpriced());
    }
    $this->assertSame(1_500_000, $tally->today()['writer']->micros);
    $this->assertSame(2_000_000, Spent::sum($tally->weeks('writer', \Drupal::service(SiteWeeks::class)->last(12)))->micros);
    $this->agent->set('binding', ['limits' => ['cost_micros_per_day' => 3_000_000]] + $this->agent->get('binding'))->save();
    $build = \Drupal::service(CostTable::class)->build(CostPeriods::Day);
    $html = (string) \Drupal::service('renderer')->renderInIsolation($build);
    foreach (['50 % of 3.00 US dollars', '77 tokens, no price', '2.0000', '<title id="ba-cost-title">'] as $text) {
      $this->assertStringContainsString($text, $html);
    }
    $rows = iterator_to_array(\Drupal::service(CostTable::class)->plain(CostPeriods::Day), FALSE);
    $this->assertContains([$day(1), 'writer', 'Writer', 0.5, 100], $rows);
    $this->assertContains([$day(0), 'gone', '', 0, 77], $rows);
  }

  /**
   * Shares of drafts: of what was decided, and of what was accepted.
   */
  public function testShares(): void {
    $week = new WeekOutcomes(new \DateTimeImmutable());
    $this->assertSame([NULL, NULL], [AgentReport::acceptance($week), AgentReport::edited($week)]);
    foreach ([Fate::Accepted, Fate::Accepted, Fate::Changed, Fate::Partly, Fate::Refused, Fate::Replaced, Fate::Undecided, Fate::Superseded] as $fate) {
      $week = $week->with($fate, 1, NULL);
    }
    $this->assertEqualsWithDelta(66.7, AgentReport::acceptance($week), 0.1);
    $this->assertEqualsWithDelta(50.0, AgentReport::edited($week), 0.1);
  }

  /**
   * The page costs as many queries with forty runs as with two.
   */
  public function testQueriesOfTheReport(): void {
    \Drupal::service('router.builder')->rebuild();
    $viewer = $this->createUser(['view any background agent run']);
    $queries = fn (): int => $this->as($viewer, function (): int {
      foreach (['background_agents_run', 'user'] as $type) {
        \Drupal::entityTypeManager()->getStorage($type)->resetCache();
      }
      $key = uniqid('report');
      Database::startLog($key);
      $build = \Drupal::classResolver(AgentReportController::class)->page($this->agent, Request::create('/', 'GET', ['weeks' => '26']));
      \Drupal::service('renderer')->renderInIsolation($build);
      return count(Database::getLog($key));
    });
    $add = function (int $number): void {
      for ($n = 0; $n < $number; $n++) {
        $this->running($this->agent, ['state' => 'failed', 'reason' => "limit:$n", 'uid' => $this->account(uniqid('person'))->id()]);
      }
    };
    $add(2);
    $queries();
    $few = $queries();
    $add(38);
    $this->assertSame($few, $queries());
  }

  /**
   * What a label says is text in the picture, and nothing makes no picture.
   */
  public function testChart(): void {
    $chart = \Drupal::service(BarChart::class);
    $day = new \DateTimeImmutable('2026-03-02');
    $this->assertSame([], $chart->build('x', 'Title', [$day], [new ChartSeries('accepted', 'A', [0])]));
    $build = $chart->build('x', '<b>Title</b>', [$day, $day], [new ChartSeries('accepted', '<i>', [1, 2]), new ChartSeries('refused', 'None', [0, 0])]);
    $html = (string) \Drupal::service('renderer')->renderInIsolation($build);
    $this->assertStringContainsString('&lt;b&gt;Title', $html);
    $this->assertStringContainsString('&lt;i&gt;', $html);
    $this->assertStringNotContainsString('None', $html);
    $this->assertSame(2, substr_count($html, 'url(#ba-x-accepted)') - 1);
  }

}
