<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Housekeeping;
use Drupal\background_agents\Run\SilentRuns;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What is old is ended or deleted, and nothing else.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class HousekeepingTest extends AgentsKernelTestBase {

  private const int DAY = 86400;

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
  }

  /**
   * An open run that nothing was heard of for too long expires.
   */
  public function testExpire(): void {
    $silent = $this->running($this->agent, ['updated' => $this->daysAgo(15)]);
    $alive = $this->running($this->agent, ['updated' => $this->daysAgo(13)]);
    \Drupal::service(SilentRuns::class)->expire();

    $this->assertSame(['expired', 'expired'], [$this->reloaded($silent)->getState()->value, $this->reloaded($silent)->getReason()]);
    $this->assertSame('running', $this->reloaded($alive)->getState()->value);
    $this->assertSame(1, $this->rows('outbox'), 'The job of the expired run is gone.');
  }

  /**
   * Each kind of data has its own retention.
   */
  public function testTidy(): void {
    $ages = ['payload' => 31, 'event' => 181, 'checkpoint' => 8, 'run' => 731];
    $runs = [];
    foreach (['fresh' => 1] + $ages as $name => $days) {
      $runs[$name] = $this->ended($days);
    }
    $open = $this->running($this->agent);
    $this->fill((int) $open->id(), $this->daysAgo(800));
    \Drupal::service(Housekeeping::class)->tidy();

    $left = [];
    foreach ($runs + ['open' => $open] as $name => $run) {
      foreach (['event_payload', 'event', 'checkpoint', 'run_data', 'effect'] as $table) {
        if ($this->rows($table, ['run' => $run->id()]) > 0) {
          $left[$name][] = $table;
        }
      }
    }
    $this->assertSame([
      'fresh' => ['event_payload', 'event', 'checkpoint', 'run_data', 'effect'],
      'payload' => ['event', 'run_data', 'effect'],
      'event' => ['run_data', 'effect'],
      'checkpoint' => ['event_payload', 'event', 'run_data', 'effect'],
      // What is not over keeps all of it, however old.
      'open' => ['event_payload', 'event', 'checkpoint', 'run_data', 'effect'],
    ], $left);
    $this->assertNull(Run::load($runs['run']->id()));
    $this->assertCount(5, Change::loadMultiple(), 'The change of the deleted run is gone.');
  }

  /**
   * A run outlives its retention while somebody has to decide about a draft.
   */
  public function testUndecided(): void {
    $runs = ['undecided' => $this->ended(800, Change::PENDING), 'sent back' => $this->ended(800), 'decided' => $this->ended(800)];
    \Drupal::database()->insert('background_agents_sent_back')->fields(['run' => $runs['sent back']->id(), 'created' => 0, 'remarks' => '[]'])->execute();
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertSame(['undecided', 'sent back'], array_keys(array_filter($runs, static fn (Run $run): bool => Run::load($run->id()) !== NULL)));
    // Nobody deletes it by hand, and what deletes it all the same leaves the
    // draft, until somebody has decided.
    $admin = $this->createUser(['administer background agents']);
    $this->assertFalse($runs['undecided']->access('delete', $admin));
    $this->assertTrue($runs['sent back']->access('delete', $admin));
    $changes = \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['run' => $runs['undecided']->id()]);
    $runs['undecided']->delete();
    \Drupal::service(Housekeeping::class)->tidy();
    $change = $this->storedChange(reset($changes));
    $this->assertTrue($change->isPending());
    $this->assertNull($change->getRun());
    $change->decide(Change::REJECTED, 1, 1)->save();
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertNull($this->storedChange($change));
  }

  /**
   * Who deletes an agent leaves its drafts to those who decide about them.
   */
  public function testAgentDeleted(): void {
    $run = $this->ended(1, Change::PENDING);
    $this->agent->delete();
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertCount(1, \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['run' => $run->id(), 'status' => Change::PENDING]));
  }

  private function storedChange(Change $change): ?Change {
    return \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadUnchanged($change->id());
  }

  /**
   * Decisions of people, aliases and what was spent are kept by their own time.
   */
  public function testWhatOutlivesRuns(): void {
    $database = \Drupal::database();
    foreach ([1, 1096] as $days) {
      $database->insert('background_agents_audit')->fields(['time' => $this->daysAgo($days), 'action' => 'stop', 'door' => 'site', 'data' => '{}'])->execute();
    }
    foreach ([1, 31] as $days) {
      $database->insert('background_agents_alias')->fields(['alias' => \Drupal::service('uuid')->generate(), 'created' => $this->daysAgo($days)])->execute();
    }
    foreach ([1, 731] as $days) {
      $database->insert('background_agents_spent')->fields(['day' => gmdate('Y-m-d', $this->daysAgo($days)), 'agent' => 'writer'])->execute();
    }
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertSame([1, 1, 1], [$this->rows('audit'), $this->rows('alias'), $this->rows('spent')]);
  }

  private function ended(int $days, string $status = Change::ACCEPTED): Run {
    $run = $this->running($this->agent, ['state' => 'completed', 'finished' => $this->daysAgo($days), 'updated' => $this->daysAgo($days)]);
    $this->fill((int) $run->id(), $this->daysAgo($days), $status);
    return $run;
  }

  /**
   * Gives a run a row in each of its tables.
   */
  private function fill(int $run, int $time, string $status = Change::ACCEPTED): void {
    $rows = [
      'run_data' => ['input' => '{}'],
      'event' => ['seq' => 1, 'type' => 'run_started', 'time' => 'x', 'created' => $time, 'hash' => 'x', 'data' => '{}', 'payload' => 1],
      'event_payload' => ['seq' => 1, 'created' => $time, 'data' => gzcompress('{}')],
      'checkpoint' => ['generation' => 1, 'n' => 1, 'data' => gzcompress('{}')],
      'effect' => ['effect_key' => 'x', 'request_hash' => 'x', 'attempt' => 1, 'generation' => 1, 'operation' => 'create', 'status' => 201, 'created' => $time],
    ];
    foreach ($rows as $table => $row) {
      \Drupal::database()->insert("background_agents_$table")->fields(['run' => $run] + $row)->execute();
    }
    Change::create(['run' => $run, 'agent' => 'writer', 'target_type' => 'node', 'operation' => 'create', 'status' => $status])->save();
  }

  private function daysAgo(int $days): int {
    return \Drupal::time()->getCurrentTime() - $days * self::DAY - 60;
  }

  private function reloaded(Run $run): Run {
    return \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadUnchanged($run->id());
  }

}
