<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Schedule\DueTimes;
use Drupal\background_agents\Schedule\ScheduleRunner;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\background_agents\Schedule\ScheduleStore;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\Core\Database\Database;
use Drupal\Core\Entity\EntityStorageException;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Each due time of a schedule becomes one run, whatever happens.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ScheduleTest extends AgentsKernelTestBase {

  use TurnedTime;

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_meddler'];

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->config('background_agents.settings')->set('queue.open_runs', 1000000)->save();
  }

  /**
   * {@inheritdoc}
   */
  protected function tearDown(): void {
    Meddling::$runStored = NULL;
    parent::tearDown();
  }

  /**
   * A year in three zones, with crashes at the moment of firing.
   */
  public function testYear(): void {
    $begin = $this->clock->now;
    $triggers = [
      $this->trigger(['timezone' => 'Europe/Vienna', 'time' => '02:30']),
      $this->trigger(['timezone' => 'America/New_York', 'kind' => 'expression', 'expression' => '15 1,2 * * *']),
      $this->trigger(['timezone' => 'Australia/Lord_Howe', 'kind' => 'expression', 'expression' => '45 1 * * sun']),
      // In hours that the clock skips or repeats, held back by quiet ones.
      $this->trigger(['kind' => 'interval', 'seconds' => 259200, 'quiet_from' => '23:00', 'quiet_to' => '02:30']),
      $this->trigger(['kind' => 'daily', 'time' => '01:30', 'days' => [0], 'quiet_from' => '01:00', 'quiet_to' => '02:30']),
      $this->trigger(['kind' => 'once', 'at' => self::nextChange($begin, 'skipped') . 'T02:30']),
      $this->trigger(['kind' => 'once', 'at' => self::nextChange($begin, 'repeated') . 'T02:30']),
    ];
    $crashes = 0;
    $count = 0;
    Meddling::$runStored = static function () use (&$crashes, &$count): void {
      if (++$count % 100 === 50 && $crashes < 10) {
        $crashes++;
        throw new \RuntimeException('The process ends here.');
      }
    };
    $expected = [];
    foreach ($triggers as $trigger) {
      $this->times()->open($trigger, $begin);
      $expected[$trigger->id()] = (new ScheduleSettings($trigger->getSettings()))->schedule()->due($begin, $begin + 365 * 86400, PHP_INT_MAX);
    }
    // The sidecar fires each time, and asks again when it got no answer.
    for ($half = $begin; $half <= $begin + 365 * 86400; $half += 43200) {
      $this->clock->now = $half;
      $due = array_column($this->times()->document()['due'], 'trigger', 'due');
      ksort($due);
      foreach ($due as $at => $uuid) {
        if ($at <= $half + 43200) {
          $this->clock->now = $at;
          $this->fireUntilAnswered($uuid, $at);
          $this->endRuns();
        }
      }
    }
    $this->assertSame(10, $crashes);
    foreach ($triggers as $trigger) {
      $rows = \Drupal::database()->query("SELECT due, run FROM {background_agents_due} WHERE trigger_uuid = :t AND due <= :end AND result = 'started' ORDER BY due", [':t' => $trigger->uuid(), ':end' => $begin + 365 * 86400])->fetchAllKeyed();
      $this->assertSame($expected[$trigger->id()], array_keys($rows), $trigger->id());
      $this->assertCount(count($rows), array_unique($rows));
    }
    $this->assertSame($this->rows('due', ['result' => 'started']), $this->rows('run', ['trigger_type' => 'schedule']));
  }

  /**
   * Of two that fire at once, one makes the run.
   */
  public function testTwoAtOnce(): void {
    $trigger = $this->trigger();
    $due = $this->dueNow($trigger);
    Database::addConnectionInfo('default', 'other', Database::getConnectionInfo()['default']);
    $other = Database::getConnection('other');
    $uuid = (string) $trigger->uuid();
    Meddling::$runStored = function () use ($other, $uuid, $due): void {
      $other->insert('background_agents_due')->fields(['trigger_uuid' => $uuid, 'due' => $due, 'result' => 'started', 'run' => '11111111-1111-4111-8111-111111111111', 'decided' => $due])->execute();
    };
    $firing = $this->runner()->fire($uuid, $due);
    $this->assertSame(['started', '11111111-1111-4111-8111-111111111111'], [$firing->result, $firing->run]);
    $this->assertSame(0, $this->rows('run'), 'The run of the second is rolled back.');
    $this->assertSame(0, $this->rows('outbox'));
    Meddling::$runStored = NULL;
    $this->assertSame('11111111-1111-4111-8111-111111111111', $this->runner()->fire($uuid, $due)->run);
  }

  /**
   * What is no due time starts nothing, whoever asks for it.
   */
  public function testOnlyDueTimesAreFired(): void {
    $trigger = $this->trigger();
    $uuid = (string) $trigger->uuid();
    $next = $this->times()->open($trigger, $this->clock->now + 2 * 86400)[0];
    $this->assertSame('early', $this->runner()->fire($uuid, $next)->result);
    $this->clock->now = $next;
    $this->assertSame('settled', $this->runner()->fire($uuid, $next - 60)->result);
    $this->assertSame('settled', $this->runner()->fire($uuid, $next - 86400)->result, 'It was due before there was a trigger.');
    $this->assertSame('settled', $this->runner()->fire('22222222-2222-4222-8222-222222222222', $next)->result);
    \Drupal::service(StopSwitch::class)->stop(1, $this->clock->now);
    $this->assertSame('waits', $this->runner()->fire($uuid, $next)->result);
    \Drupal::service(StopSwitch::class)->start(1);
    $trigger->setStatus(FALSE)->save();
    $this->assertSame('settled', $this->runner()->fire($uuid, $next)->result);
    $this->assertSame(0, $this->rows('run') + $this->rows('due'));
    $trigger->setStatus(TRUE)->save();
    $this->agent->setStatus(FALSE)->save();
    $firing = $this->runner()->fire($uuid, $next);
    $this->assertSame(['refused', 'failed'], [$firing->result, $this->stateOf($firing->run)]);
  }

  /**
   * What was missed is made up for once, or left out.
   */
  public function testMissed(): void {
    $makesUp = $this->trigger(['kind' => 'interval', 'seconds' => 3600]);
    $skips = $this->trigger(['kind' => 'interval', 'seconds' => 3600, 'missed' => 'skip']);
    array_map(fn (Trigger $trigger): array => $this->times()->open($trigger, $this->clock->now), [$makesUp, $skips]);
    // Ten hours and twenty minutes later.
    $this->clock->now += 37200;
    $this->runner()->fireLate();
    $this->assertSame(['missed' => 9, 'started' => 1], $this->results($makesUp));
    $this->assertSame(['missed' => 10], $this->results($skips));
    $this->runner()->fireLate();
    $this->assertSame(1, $this->rows('run'));
    // The next one in time is as any other.
    $this->endRuns();
    $this->clock->now += 2400 + 121;
    $this->runner()->fireLate();
    $this->assertSame(['missed' => 9, 'started' => 2], $this->results($makesUp));
    $this->assertSame(['missed' => 10, 'started' => 1], $this->results($skips));
  }

  /**
   * While the run before goes on: none, later, or in its place.
   */
  public function testOverlap(): void {
    $triggers = [];
    foreach (['skip', 'queue', 'cancel'] as $overlap) {
      $triggers[$overlap] = $this->trigger(['kind' => 'interval', 'seconds' => 300, 'overlap' => $overlap]);
      $this->times()->open($triggers[$overlap], $this->clock->now);
    }
    for ($i = 0; $i < 3; $i++) {
      $this->clock->now += 300;
      foreach ($triggers as $trigger) {
        $this->runner()->fire((string) $trigger->uuid(), $this->clock->now);
      }
    }
    $this->assertSame(['skipped' => 2, 'started' => 1], $this->results($triggers['skip']));
    $this->assertSame(['started' => 1, 'waiting' => 2], $this->results($triggers['queue']));
    $this->assertSame(['started' => 3], $this->results($triggers['cancel']));
    $this->assertSame(2, $this->rows('run', ['trigger_id' => $triggers['cancel']->id(), 'state' => 'cancelled']));
    // Hours later what waits its turn is no missed one, and goes one by one.
    $this->clock->now += 200;
    for ($i = 2; $i <= 3; $i++) {
      $this->endRuns();
      $open = $this->times()->open($triggers['queue'], $this->clock->now);
      array_map(fn (int $due) => $this->runner()->fire((string) $triggers['queue']->uuid(), $due), $open);
      $this->assertSame($i, $this->results($triggers['queue'])['started']);
    }
  }

  /**
   * Another schedule begins anew, and its version is another one.
   */
  public function testAnotherSchedule(): void {
    $trigger = $this->trigger(['kind' => 'interval', 'seconds' => 3600]);
    $this->times()->open($trigger, $this->clock->now);
    $version = $this->times()->version();
    $this->clock->now += 7200;
    $trigger->set('settings', ['seconds' => 1800] + $trigger->getSettings())->save();
    $this->assertNotSame($version, $this->times()->version());
    $this->runner()->fireLate();
    $this->assertSame(0, $this->rows('due'), 'Times before the change are none of the new schedule.');
    $this->assertSame($this->clock->now + 1800, $this->times()->document()['due'][0]['due']);
  }

  /**
   * Answers bring what is due to who has other schedules; pushes tell of them.
   */
  public function testOthersAreTold(): void {
    $queue = \Drupal::service(PushQueue::class);
    $queue->take();
    $trigger = $this->trigger(['kind' => 'interval', 'seconds' => 3600]);
    $this->assertTrue($queue->take()['schedules']);
    $this->assertFalse($queue->take()['schedules']);
    $version = $this->times()->version();
    $this->assertSame(['schedules' => $version], $this->times()->told(NULL));
    $this->assertSame(['schedules' => $version], $this->times()->told($version));
    $told = $this->times()->told('0123456789abcdef');
    $this->assertSame($version, $told['schedules']);
    $this->assertSame($this->times()->document(), $told['due']);
    $this->assertSame((string) $trigger->uuid(), $told['due']['due'][0]['trigger']);
    foreach (['disable', 'enable'] as $change) {
      $trigger->{$change}()->save();
      $this->assertTrue($queue->take()['schedules'], $change);
    }
    Trigger::create(['id' => 'content', 'label' => 'C', 'agent' => $this->agent->id(), 'type' => 'content', 'settings' => Trigger::CONTENT_SETTINGS])->save();
    $this->assertFalse($queue->take()['schedules'], 'Nothing of it is due.');
    $trigger->set('type', 'cron')->set('settings', Trigger::CRON_SETTINGS)->save();
    $this->assertTrue($queue->take()['schedules'], 'It goes by no schedule any more.');
    $this->assertSame([], $this->times()->document()['due']);
  }

  /**
   * What was settled long ago is forgotten, and stays settled.
   */
  public function testRetention(): void {
    $trigger = $this->trigger();
    $due = $this->dueNow($trigger);
    $this->runner()->fire((string) $trigger->uuid(), $due);
    $this->endRuns();
    $store = \Drupal::service(ScheduleStore::class);
    $store->deleteBefore($this->clock->now + 1, 100);
    $this->assertSame(0, $this->rows('due'));
    $this->assertSame('settled', $this->runner()->fire((string) $trigger->uuid(), $due)->result);
    $store->keepOnly([]);
    $this->assertSame(0, $this->rows('schedule'));
  }

  /**
   * What goes on at a worker is waited for, or cancelled and not waited for.
   */
  public function testOverlapWithRunsAtWork(): void {
    foreach (['queue' => 'waits', 'cancel' => 'started', 'skip' => 'skipped'] as $overlap => $expected) {
      $trigger = $this->trigger(['kind' => 'interval', 'seconds' => 300, 'overlap' => $overlap]);
      $uuid = (string) $trigger->uuid();
      $this->times()->open($trigger, $this->clock->now);
      $this->clock->now += 300;
      $first = (string) $this->runner()->fire($uuid, $this->clock->now)->run;
      $this->takeUp($first);
      $this->clock->now += 300;
      $due = $this->clock->now;
      $second = $this->runner()->fire($uuid, $due);
      $this->assertSame($expected, $second->result, $overlap);
      $this->assertSame('running', $this->stateOf($first), 'Only its worker ends it.');
      $commands = array_column(\Drupal::service(CommandQueue::class)->pending(), 'command', 'run');
      $this->assertSame($overlap === 'cancel' ? 'cancel' : NULL, $commands[$first] ?? NULL);
      $state = $overlap === 'cancel' ? RunState::Cancelled : RunState::Completed;
      $this->assertTrue(\Drupal::service(RunFinisher::class)->finish($first, $state, 'done'));
      \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
      $again = $this->runner()->fire($uuid, $due);
      $this->assertSame($overlap === 'skip' ? 'skipped' : 'started', $again->result, 'The one that waited has its turn; the others stay as they are.');
      $this->assertSame($overlap === 'skip' ? 1 : 2, $this->rows('run', ['trigger_id' => $trigger->id()]));
      $trigger->delete();
    }
  }

  /**
   * Without its agent a schedule starts nothing, and its trigger goes with it.
   */
  public function testWithoutItsAgent(): void {
    $trigger = $this->trigger(['kind' => 'interval', 'seconds' => 300]);
    $due = $this->dueNow($trigger);
    $this->agent->disable()->save();
    $refused = $this->runner()->fire((string) $trigger->uuid(), $due);
    $this->assertSame('refused', $refused->result);
    $this->assertStringContainsString('is disabled', (string) \Drupal::database()->query('SELECT message FROM {background_agents_run} WHERE uuid = :u', [':u' => $refused->run])->fetchField());
    $this->agent->delete();
    $this->assertNull(Trigger::load($trigger->id()));
    $this->assertSame([], $this->times()->document()['due']);
    $this->clock->now += 300;
    $this->assertSame('settled', $this->runner()->fire((string) $trigger->uuid(), $this->clock->now)->result);
  }

  /**
   * A worker takes a run up.
   */
  private function takeUp(string $run): void {
    $fields = ['state' => 'running', 'attempt' => 1, 'last_seq' => 1];
    \Drupal::database()->update('background_agents_run')->fields($fields)->condition('uuid', $run)->execute();
    \Drupal::database()->update('background_agents_outbox')->fields(['status' => 1, 'attempt' => 1])->condition('run', $run)->execute();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
  }

  /**
   * The next day on which the clock of Vienna skips or repeats half past two.
   */
  private static function nextChange(int $after, string $what): string {
    foreach (array_slice((new \DateTimeZone('Europe/Vienna'))->getTransitions($after, $after + 370 * 86400), 1) as $transition) {
      if ($transition['isdst'] === ($what === 'skipped')) {
        return gmdate('Y-m-d', $transition['ts']);
      }
    }
    throw new \LogicException('The clock changes twice a year.');
  }

  private function trigger(array $settings = []): Trigger {
    static $number = 0;
    $id = 'schedule_' . ++$number;
    $trigger = Trigger::create([
      'id' => $id,
      'label' => $id,
      'agent' => $this->agent->id(),
      'type' => 'schedule',
      'settings' => $settings + ['timezone' => 'Europe/Vienna'] + ScheduleSettings::DEFAULTS,
    ]);
    $this->assertCount(0, $trigger->getTypedData()->validate());
    $trigger->save();
    return $trigger;
  }

  /**
   * Turns the clock to the next due time of a trigger.
   */
  private function dueNow(Trigger $trigger): int {
    $this->clock->now = $this->times()->open($trigger, $this->clock->now + 2 * 86400)[0];
    return $this->clock->now;
  }

  private function fireUntilAnswered(string $trigger, int $due): void {
    for ($try = 0; $try < 3; $try++) {
      try {
        $this->runner()->fire($trigger, $due);
        return;
      }
      catch (EntityStorageException $crash) {
        $this->assertSame('The process ends here.', $crash->getMessage());
      }
    }
  }

  private function endRuns(): void {
    \Drupal::database()->update('background_agents_run')->fields(['state' => 'completed', 'finished' => $this->clock->now])->condition('state', 'queued')->execute();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
  }

  /**
   * How many due times of a trigger ended in which result.
   *
   * @return array<string, int>
   *   Counts by result.
   */
  private function results(Trigger $trigger): array {
    return array_map(intval(...), \Drupal::database()->query('SELECT result, COUNT(*) FROM {background_agents_due} WHERE trigger_uuid = :t GROUP BY result ORDER BY result', [':t' => $trigger->uuid()])->fetchAllKeyed());
  }

  private function stateOf(?string $run): string {
    return (string) \Drupal::database()->query('SELECT state FROM {background_agents_run} WHERE uuid = :u', [':u' => $run])->fetchField();
  }

  private function times(): DueTimes {
    return \Drupal::service(DueTimes::class);
  }

  private function runner(): ScheduleRunner {
    return \Drupal::service(ScheduleRunner::class);
  }

}
