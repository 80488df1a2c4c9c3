<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\LaneRoom;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\DueRuns;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\SilentRuns;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\StopSwitch;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Runs that begin later: made at once, handed on when their time has come.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DelayedRunsTest extends EndpointKernelTestBase {

  /**
   * It is there at once, without a job; its job is made once, when it is due.
   */
  public function testDueTime(): void {
    $run = $this->delayed(['input' => ['topic' => 'bread'], 'key' => 'once']);
    $this->assertSame(['queued', 0], [$run['state'], $this->rows('outbox')]);
    $this->assertEqualsWithDelta(time() + 3600, strtotime($run['due']), 30);
    $this->assertSame([$run['uuid']], array_column($this->found($this->person, 'runs?state=queued', 'runs')['runs'], 'uuid'));
    // The same key is the same run.
    $this->assertSame($run['uuid'], $this->found($this->person, 'runs', 'run', ['agent' => 'writer', 'delay' => 60, 'input' => ['topic' => 'bread'], 'key' => 'once'])['uuid']);
    $due = \Drupal::service(DueRuns::class);
    $this->assertEqualsWithDelta(3600, $due->secondsUntilNext(), 30);
    $due->make();
    $this->assertSame(0, $this->rows('outbox'));
    // What the agent is by then counts.
    $this->agent->set('label', 'Later writer')->save();
    $this->pass($run['uuid']);
    $this->assertSame(0, $due->secondsUntilNext());
    $due->make();
    $due->make();
    $this->assertSame(1, $this->rows('outbox'));
    $job = \Drupal::service(Outbox::class)->jobOf($run['uuid']);
    $job->attempt = 1;
    $this->assertSame([], (new Contracts())->errors($job, 'job'));
    $this->assertSame(['Later writer', 'bread', NULL], [$job->agent->label, $job->input->topic, $this->found($this->person, "runs/{$run['uuid']}", 'run')['due']]);
    $this->assertNull($due->secondsUntilNext());
  }

  /**
   * Cancelled before its time it never begins; it takes no other command.
   */
  public function testCancel(): void {
    $uuid = $this->delayed()['uuid'];
    foreach (['pause', 'resume'] as $command) {
      $this->assertRefusedRequest(409, 'not_begun', $this->person, "runs/$uuid/$command", []);
    }
    $this->assertRefusedRequest(409, 'not_begun', $this->person, "runs/$uuid/answer", ['id' => 'q', 'decision' => 'done']);
    $this->assertRefusedRequest(409, 'not_ended', $this->person, "runs/$uuid/retry", []);
    $this->assertSame('cancelled', $this->found($this->person, "runs/$uuid/cancel", 'run', [])['state']);
    $this->pass($uuid);
    \Drupal::service(DueRuns::class)->make();
    $this->assertSame([0, 'cancelled'], [$this->rows('outbox'), $this->state($uuid)]);
  }

  /**
   * While agents are stopped it waits; then it begins.
   */
  public function testStopped(): void {
    $uuid = $this->delayed()['uuid'];
    $this->pass($uuid);
    \Drupal::service(StopSwitch::class)->stop(NULL, 1);
    \Drupal::service(DueRuns::class)->byCron();
    $this->assertSame([0, 'queued'], [$this->rows('outbox'), $this->state($uuid)]);
    \Drupal::service(StopSwitch::class)->start();
    \Drupal::service(DueRuns::class)->byCron();
    $this->assertSame(1, $this->rows('outbox'));
  }

  /**
   * What refuses it by then ends it with the reason, whoever runs cron.
   */
  public function testRefusedByThen(): void {
    [$first, $second, $third] = array_map(fn (): string => $this->delayed()['uuid'], range(1, 3));
    $this->agent->disable()->save();
    $this->pass($first);
    \Drupal::service(DueRuns::class)->make();
    $this->agent->enable()->save();
    Role::load('person')->revokePermission('run writer background agent')->save();
    $this->pass($second);
    $this->as($this->createUser([], NULL, TRUE), static fn () => \Drupal::service(DueRuns::class)->make());
    $this->agent->delete();
    $this->pass($third);
    \Drupal::service(DueRuns::class)->make();
    $this->assertSame(['failed', 'failed', 'failed', 0], [$this->state($first), $this->state($second), $this->state($third), $this->rows('outbox')]);
    $this->assertSame(['agent_disabled', 'forbidden', 'agent_unknown'], array_map(static fn (string $uuid): string => str_replace('dispatch:', '', (string) \Drupal::service(RunStore::class)->byUuid($uuid)->getReason()), [$first, $second, $third]));
  }

  /**
   * A full queue puts it off, holds for delayed runs, and it never expires.
   */
  public function testRoom(): void {
    $this->config('background_agents.settings')->set('queue.open_runs', 2)->set('queue.expire_days', 1)->save();
    $uuid = $this->delayed()['uuid'];
    $other = $this->delayed(['delay' => 2_592_000])['uuid'];
    $this->assertRefusedRequest(503, 'queue_full', $this->person, 'runs', ['agent' => 'writer', 'delay' => 5]);
    // Those that begin now are not kept back by those that do not.
    $this->running($this->agent);
    $this->found($this->person, 'runs', 'run', ['agent' => 'writer']);
    $this->assertSame(2, $this->rows('outbox'));
    $this->pass($uuid);
    \Drupal::service(DueRuns::class)->make();
    $this->assertSame([2, 'queued'], [$this->rows('outbox'), $this->state($uuid)]);
    $this->assertEqualsWithDelta(60, \Drupal::service(DueRuns::class)->secondsUntilNext(), 30);
    \Drupal::service(SilentRuns::class)->expire();
    $this->assertSame('queued', $this->state($other));
    $this->config('background_agents.settings')->set('queue.open_runs', 100)->save();
    // Two are at work or wait; that another one waits for its time is no load.
    $this->assertSame(5, \Drupal::service(LaneRoom::class)->of($this->agent));
  }

  /**
   * What cannot be asked for.
   */
  public function testRefusals(): void {
    foreach ([-1, 2_592_001, '60', 1.5, TRUE, NULL] as $delay) {
      $this->assertRefusedRequest(422, 'invalid', $this->person, 'runs', ['agent' => 'writer', 'delay' => $delay]);
    }
    $this->assertNull($this->found($this->person, 'runs', 'run', ['agent' => 'writer', 'delay' => 0])['due']);
    $this->role('starter', ['run writer background agent']);
    $this->accountOf($this->agent)->addRole('starter')->save();
    $run = $this->running($this->agent);
    $this->inRun($run, fn (): array => $this->assertRefusedRequest(422, 'invalid', $this->accountOf($this->agent), 'runs', ['agent' => 'writer', 'delay' => 5]));
  }

  private function delayed(array $more = []): array {
    return $this->found($this->person, 'runs', 'run', $more + ['agent' => 'writer', 'delay' => 3600]);
  }

  /**
   * Lets the time of a run come.
   */
  private function pass(string $uuid): void {
    \Drupal::database()->update('background_agents_run')->fields(['due' => time() - 1])->condition('uuid', $uuid)->isNotNull('due')->execute();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
  }

  private function state(string $uuid): string {
    return \Drupal::service(RunStore::class)->byUuid($uuid)->getState()->value;
  }

}
