<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents\Event\RunStartedEvent;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Run\RunStore;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The intake of events: one history per run, whatever comes twice or late.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class EventIntakeTest extends AgentsKernelTestBase {

  private Run $run;

  /**
   * Classes of the events that listeners were told.
   *
   * @var string[]
   */
  private array $told = [];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->run = $this->running($this->agent(), ['state' => 'queued', 'attempt' => 0]);
    \Drupal::database()->update('background_agents_outbox')->fields(['attempt' => 1])->execute();
    foreach ([RunStartedEvent::class, RunFinishedEvent::class, RunFailedEvent::class] as $class) {
      \Drupal::service('event_dispatcher')->addListener($class, function (object $event): void {
        $this->told[] = $event::class;
      });
    }
  }

  /**
   * Events are stored once, in order, and bring the run up to date.
   */
  public function testHistory(): void {
    $started = $this->event(1, 'run_started', ['worker' => 'w']);
    $step = $this->event(2, 'step_started', ['number' => 1]);
    $this->assertSame(['last_seq' => 2, 'status' => 'ok', 'ended' => NULL], $this->takeIn([$started, $step]));
    $this->assertSame(['running', 2, 1], [$this->storedRun()->getState()->value, $this->storedRun()->getLastSeq(), $this->storedRun()->getAttempt()]);
    $this->assertNotNull($this->storedRun()->getStartedTime());

    // Twice, and half of it twice.
    $this->assertSame('ok', $this->takeIn([$started, $step])['status']);
    $this->assertSame(3, $this->takeIn([$step, $this->event(3, 'step_finished', ['number' => 1])])['last_seq']);
    $this->assertSame(3, $this->rows('event', ['run' => $this->run->id()]));
  }

  /**
   * What does not continue the history is told, and changes nothing.
   */
  public function testWrongEvents(): void {
    $started = $this->event(1, 'run_started', ['worker' => 'w']);
    $this->takeIn([$started]);
    $this->assertSame('seq_gap', $this->takeIn([$this->event(3, 'step_started', ['number' => 1])])['status']);
    $this->assertSame('seq_conflict', $this->takeIn([$this->event(1, 'run_started', ['worker' => 'other'], str_repeat('f', 32))])['status']);
    $refused = $this->takeIn([$this->event(2, 'step_started', ['number' => 'one'])]);
    $this->assertSame(['refused', 2], [$refused['status'], $refused['refused_seq']]);
    $this->assertSame('stale_attempt', $this->takeIn([$this->event(2, 'step_started', ['number' => 1])], ['attempt' => 0])['status']);
    $this->assertSame('stale_attempt', $this->takeIn([$this->event(2, 'step_started', ['number' => 1])], ['generation' => 2])['status']);
    $this->assertSame('unknown_run', $this->takeIn([$started], ['run' => '00000000-0000-4000-8000-000000000000'])['status']);
    $this->assertSame(1, $this->rows('event'));
    $this->assertSame(1, $this->storedRun()->getLastSeq());
  }

  /**
   * An end ends the run once; listeners are told once, after the commit.
   */
  public function testEnd(): void {
    $end = (object) ['state' => 'completed', 'reason' => 'done', 'output' => (object) ['ok' => TRUE], 'usage' => (object) ['steps' => 2, 'tool_calls' => 1, 'input_tokens' => 900, 'output_tokens' => 120, 'cost_micros' => 4500, 'writes' => 1]];
    $events = [$this->event(1, 'run_started', ['worker' => 'w']), $this->event(2, 'run_finished', ['state' => 'completed', 'reason' => 'done'])];
    $this->assertSame('completed', $this->takeIn($events, ['end' => $end])['ended']);
    $this->assertSame('completed', $this->takeIn($events, ['end' => $end])['ended']);

    $this->assertTrue($this->storedRun()->isFinal());
    $this->assertSame(4500, $this->storedRun()->getUsage()['cost_micros']);
    $this->assertSame(0, $this->rows('outbox'), 'The job goes with the end.');
    $this->assertSame([RunStartedEvent::class, RunFinishedEvent::class], $this->told);
    // Another end comes too late.
    $failed = (object) ['state' => 'failed', 'reason' => 'error:model'];
    $this->assertSame('completed', $this->takeIn([], ['end' => $failed])['ended']);
    $this->assertSame('completed', $this->storedRun()->getState()->value);
    $this->assertSame([RunStartedEvent::class, RunFinishedEvent::class], $this->told);
  }

  /**
   * A start is told once for each generation, whatever worker takes the run.
   */
  public function testStart(): void {
    $this->takeIn([$this->event(1, 'run_started', ['worker' => 'w'])]);
    $this->takeIn([$this->event(1, 'run_started', ['worker' => 'w'])]);
    $this->takeIn([$this->event(2, 'run_started', ['worker' => 'another'])]);
    $this->assertSame([RunStartedEvent::class], $this->told);

    // As a retry leaves it.
    \Drupal::service(RunStore::class)->update((int) $this->run->id(), ['generation' => 2, 'started' => NULL]);
    $this->takeIn([$this->event(3, 'run_started', ['worker' => 'w'])], ['generation' => 2]);
    $this->assertSame([RunStartedEvent::class, RunStartedEvent::class], $this->told);
  }

  private function takeIn(array $events, array $values = []): array {
    $item = (object) ($values + ['run' => $this->run->uuid(), 'attempt' => 1, 'generation' => 1, 'events' => $events]);
    $answers = \Drupal::service(EventIntake::class)->takeIn([$item]);
    return $answers[$item->run];
  }

  private function event(int $seq, string $type, array $data, ?string $hash = NULL): \stdClass {
    return (object) ['seq' => $seq, 'type' => $type, 'time' => '2026-11-20T09:15:00.123456Z', 'step' => NULL, 'data' => (object) $data, 'hash' => $hash ?? md5("$seq$type")];
  }

  private function storedRun(): Run {
    return \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadUnchanged($this->run->id());
  }

}
