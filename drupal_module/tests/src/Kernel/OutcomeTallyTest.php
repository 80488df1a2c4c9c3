<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Controller\AgentOutcomesController;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\background_agents\Review\Outcome\OutcomeTally;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * What came of an agent's drafts, counted by week.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class OutcomeTallyTest extends AgentsKernelTestBase {

  /**
   * Status and outcome of changes, with what a report says of them.
   */
  private const array FATES = [
    [Change::PENDING, NULL, 'undecided'],
    // A part of it was published, and the rest waits.
    [Change::PENDING, 'partly', 'undecided'],
    [Change::ACCEPTED, 'accepted', 'accepted'],
    [Change::ACCEPTED, 'accepted_with_changes', 'changed'],
    [Change::ACCEPTED, 'partly', 'partly'],
    [Change::SUPERSEDED, 'replaced', 'replaced'],
    [Change::SUPERSEDED, NULL, 'superseded'],
    [Change::SUPERSEDED, 'accepted_with_changes', 'changed'],
    [Change::DISCARDED, NULL, 'superseded'],
    [Change::REJECTED, NULL, 'refused'],
    // An editor threw all of it away.
    [Change::REJECTED, 'replaced', 'refused'],
    // A part was published before the rest was refused.
    [Change::REJECTED, 'partly', 'partly'],
    // It changed nothing, or was written live with the site's leave.
    [Change::ACCEPTED, NULL, NULL],
  ];

  /**
   * Each change has its fate, and is counted by it.
   */
  public function testFates(): void {
    $this->agent();
    $expected = [];
    foreach (self::FATES as [$status, $outcome, $fate]) {
      $change = $this->change($status, $outcome, $outcome === NULL ? NULL : 0.5);
      $this->assertSame($fate, Change::load($change->id())->get('fate')->value, "$status $outcome");
      $expected[$fate ?? ''] = ($expected[$fate ?? ''] ?? 0) + 1;
    }
    [$week] = \Drupal::service(OutcomeTally::class)->weeks('writer', 1);
    foreach (Fate::cases() as $fate) {
      $this->assertSame($expected[$fate->value], $week->count($fate), $fate->value);
    }
    $this->assertSame(count(self::FATES) - 1, $week->drafts());
  }

  /**
   * A week begins on Monday at midnight, where the site is.
   */
  public function testWeeks(): void {
    $this->config('system.date')->set('timezone.default', 'Pacific/Auckland')->save();
    $tally = \Drupal::service(OutcomeTally::class);
    [$before, $now] = $tally->weeks('writer', 2);
    $this->assertSame(['Mon 00:00', 'Mon 00:00'], [$before->begins->format('D H:i'), $now->begins->format('D H:i')]);
    $this->assertSame('Pacific/Auckland', $now->begins->getTimezone()->getName());
    $monday = $now->begins->getTimestamp();
    $this->change(Change::PENDING, NULL, NULL, $monday);
    $this->change(Change::PENDING, NULL, NULL, $monday - 1);
    $this->change(Change::PENDING, NULL, NULL, $before->begins->getTimestamp());
    $this->change(Change::PENDING, NULL, NULL, $before->begins->getTimestamp() - 1);
    $this->change(Change::PENDING, NULL, NULL, $monday, ['agent' => 'another']);
    $this->assertSame([2, 1], array_map(static fn ($week): int => $week->drafts(), $tally->weeks('writer', 2)));
  }

  /**
   * Weeks in which the clock is changed are an hour longer or shorter.
   */
  public function testClockChanges(): void {
    $this->config('system.date')->set('timezone.default', 'Pacific/Auckland')->save();
    $tally = \Drupal::service(OutcomeTally::class);
    $lengths = [];
    $previous = NULL;
    foreach ($tally->weeks('writer', 52) as $week) {
      $begins = $week->begins->getTimestamp();
      $lengths[] = $begins - ($previous ?? $begins - 604800);
      $previous = $begins;
      // The first and the last second of a week, and the one before the last.
      foreach ([$begins, $week->begins->modify('+1 week')->getTimestamp() - 1, $week->begins->modify('+1 week')->getTimestamp() - 2] as $created) {
        $this->change(Change::PENDING, NULL, NULL, $created);
      }
    }
    $this->assertSame(2, count(array_diff($lengths, [604800])), 'The clock was changed twice.');
    $this->assertSame(array_fill(0, 52, 3), array_map(static fn ($week): int => $week->drafts(), $tally->weeks('writer', 52)));
  }

  /**
   * The median is of drafts that were accepted with changes.
   */
  public function testMedian(): void {
    [$week] = \Drupal::service(OutcomeTally::class)->weeks('writer', 1);
    $this->assertNull($week->medianShare());
    foreach ([0.2, 0.9, 0.4] as $share) {
      $this->change(Change::ACCEPTED, 'accepted_with_changes', $share);
    }
    $this->change(Change::ACCEPTED, 'accepted', 1.0);
    $median = static fn (): ?float => \Drupal::service(OutcomeTally::class)->weeks('writer', 1)[0]->medianShare();
    $this->assertSame(40.0, $median());
    $this->change(Change::ACCEPTED, 'accepted_with_changes', 0.6);
    $this->assertSame(50.0, $median());
  }

  /**
   * The page escapes reasons; its file has the same numbers.
   */
  public function testPage(): void {
    \Drupal::service('router.builder')->rebuild();
    $agent = $this->agent();
    $this->change(Change::REJECTED, NULL, NULL, NULL, ['reason' => '<script>alert(1)</script> too long', 'target_label' => '<b>Bread</b>']);
    $this->change(Change::REJECTED, NULL, NULL, NULL, ['reason' => '']);
    $controller = \Drupal::classResolver(AgentOutcomesController::class);
    $this->setCurrentUser($this->createUser([], 'admin', TRUE));
    $page = $controller->page(Agent::load($agent->id()), Request::create('/', 'GET', ['weeks' => ['x']]));
    $html = (string) \Drupal::service('renderer')->renderInIsolation($page);
    $this->assertStringContainsString('&lt;script&gt;alert(1)&lt;/script&gt; too long', $html);
    $this->assertStringContainsString('&lt;b&gt;Bread&lt;/b&gt;', $html);
    $this->assertStringNotContainsString('<script>', $html);
    $this->assertSame(1, substr_count($html, '<title id="ba-outcomes-title">'));

    $lines = explode("\r\n", trim((string) $controller->csv(Agent::load($agent->id()), Request::create('/'))->getContent()));
    $this->assertCount(13, $lines);
    $this->assertSame('week,drafts,accepted,changed,partly,replaced,refused,superseded,undecided,median_share', $lines[0]);
    $this->assertStringEndsWith(',2,0,0,0,0,2,0,0,', $lines[12]);
  }

  private function change(string $status, ?string $outcome, ?float $share, ?int $created = NULL, array $values = []): Change {
    $change = Change::create($values + [
      'agent' => 'writer',
      'target_type' => 'node',
      'target_label' => 'Bread',
      'status' => $status,
      'outcome' => $outcome,
      'outcome_share' => $share,
      'created' => $created ?? \Drupal::time()->getRequestTime(),
    ]);
    $change->save();
    return $change;
  }

}
