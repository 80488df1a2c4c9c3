<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\PersonExport;
use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Batch\BatchNumbers;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Batch\BatchTally;
use Drupal\background_agents\Batch\ItemStore;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunRetention;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\Core\Database\Database;
use Drupal\Core\Entity\EntityStorageException;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Each item of a batch gets one run, let in as the lane has room.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class BatchTest extends BatchKernelTestBase {

  /**
   * Five at work, and two that wait.
   */
  private const int ROOM = 7;

  /**
   * Twenty items are let in bit by bit, and are twenty runs.
   */
  public function testLetIn(): void {
    $batch = $this->batch($this->articles(20));
    $this->assertSame(self::ROOM, $this->runner()->letIn());
    $this->assertSame(0, $this->runner()->letIn(), 'There is no room before a run ends.');
    $this->assertSame(['items' => 20, 'waiting' => 13, 'open' => 7, 'settled' => 0], $this->numbers($batch));
    // What people ask for meanwhile takes the place of the next one.
    \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('writer', 'manual', requester: (int) $this->person->id()));
    $this->endRuns(3);
    $this->assertSame(2, $this->runner()->letIn());
    for ($i = 0; $i < 5; $i++) {
      $this->endRuns();
      $this->runner()->letIn();
    }
    $this->assertSame(['items' => 20, 'waiting' => 0, 'open' => 0, 'settled' => 20], $this->numbers($batch));
    $this->assertSame(20, $this->rows('run', ['batch' => $batch->id, 'uid' => $this->person->id(), 'trigger_type' => 'manual']));
    $this->assertSame(20, (int) \Drupal::database()->query('SELECT COUNT(DISTINCT target_uuid) FROM {background_agents_run} WHERE batch IS NOT NULL')->fetchField());
    $this->assertSame(BatchState::Done, $this->store()->load($batch->id)->state);
    $this->runner()->byCron();
    $this->assertFalse($this->store()->mayBeOpen());
  }

  /**
   * An end that is reported notes that there is room: not as its child.
   */
  public function testAfterAnEnd(): void {
    $this->batch($this->articles(9));
    $this->terminate();
    $this->assertSame(self::ROOM, $this->rows('run'));
    $uuid = \Drupal::database()->query('SELECT uuid FROM {background_agents_run} ORDER BY id')->fetchField();
    \Drupal::service(RunFinisher::class)->finish($uuid, RunState::Completed, 'done');
    $this->assertSame(self::ROOM, $this->rows('run'));
    $this->terminate();
    $this->assertSame(self::ROOM + 1, $this->rows('run'));
    $this->assertSame(self::ROOM + 1, (int) \Drupal::database()->query('SELECT COUNT(*) FROM {background_agents_run} WHERE parent IS NULL AND depth = 0')->fetchField());
  }

  /**
   * Crashes in the middle of letting in, and two that do it at once.
   */
  public function testExactlyOnce(): void {
    $batch = $this->batch($this->articles(30));
    $count = 0;
    Meddling::$runStored = static function () use (&$count): void {
      if (++$count % 4 === 3) {
        throw new \RuntimeException('The process ends here.');
      }
    };
    $crashes = 0;
    for ($i = 0; $i < 60 && $this->numbers($batch)['settled'] < 30; $i++) {
      try {
        $this->runner()->letIn();
      }
      catch (EntityStorageException $crash) {
        $this->assertSame('The process ends here.', $crash->getMessage());
        $crashes++;
      }
      $this->endRuns(2);
    }
    $this->assertGreaterThan(8, $crashes);
    $this->assertSame(30, $this->rows('run'));
    $this->assertSame(30, (int) \Drupal::database()->query('SELECT COUNT(DISTINCT run) FROM {background_agents_batch_item} i JOIN {background_agents_run} r ON r.uuid = i.run AND r.target_id = i.entity_id')->fetchField());
  }

  /**
   * Another process makes the run first: the second one is rolled back.
   */
  public function testTwoAtOnce(): void {
    $batch = $this->batch($this->articles(1));
    Database::addConnectionInfo('default', 'other', Database::getConnectionInfo()['default']);
    $other = Database::getConnection('other');
    Meddling::$runStored = static function () use ($other): void {
      $other->update('background_agents_batch_item')->fields(['state' => 'started', 'run' => '11111111-1111-4111-8111-111111111111'])->execute();
    };
    $this->assertSame(0, $this->runner()->letIn());
    $this->assertSame([0, 0], [$this->rows('run'), $this->rows('outbox')]);
    Meddling::$runStored = NULL;
    $this->assertSame(0, $this->runner()->letIn());
    $this->assertSame(BatchState::Done, $this->store()->load($batch->id)->state);
  }

  /**
   * The same request, sent twice, is one batch.
   */
  public function testOneRequest(): void {
    $articles = $this->articles(2);
    $first = $this->batch($articles, 'the same');
    $this->assertSame($first->id, $this->batch($articles, 'the same')->id);
    $this->assertNotSame($first->id, $this->batch($articles, 'another')->id);
    $this->assertSame(4, $this->rows('batch_item'));
    $this->expectException(\InvalidArgumentException::class);
    $this->batch(array_fill(0, BatchMaker::MOST + 1, $articles[0]));
  }

  /**
   * Paused, resumed, a part cancelled, the rest with what is at work.
   */
  public function testCommands(): void {
    $uid = (int) $this->person->id();
    $batch = $this->batch($this->articles(20));
    $this->runner()->letIn();
    $this->assertTrue($this->commands()->pause($batch, $uid));
    $this->assertFalse($this->commands()->pause($batch, $uid), 'It is paused already.');
    $this->endRuns();
    $this->assertSame(0, $this->runner()->letIn());
    $this->assertSame(['items' => 20, 'waiting' => 13, 'open' => 0, 'settled' => 7], $this->numbers($batch));
    $this->assertTrue($this->commands()->resume($batch, $uid));
    $this->assertSame(self::ROOM, $this->runner()->letIn());
    // Two of those that wait, one at work, one that has ended.
    $items = array_column(\Drupal::service(ItemStore::class)->page($batch->id, FALSE, 0, 20), 'item');
    $this->assertSame(3, $this->commands()->cancelItems($batch, $uid, [$items[18], $items[19], $items[8], $items[0]]));
    $this->assertSame(['items' => 20, 'waiting' => 4, 'open' => 6, 'settled' => 10], $this->numbers($batch));
    $this->assertSame(4, $this->commands()->cancel($batch, $uid, FALSE));
    $this->assertSame(6, $this->numbers($batch)['open']);
    $this->assertSame(6, $this->commands()->cancel($batch, $uid, TRUE));
    $this->runner()->letIn();
    $tally = $this->tally($batch);
    $this->assertSame([20, 0, 7, 13], [$tally->settled(), $tally->cancelled, $tally->in('completed'), $tally->in('cancelled')]);
    $this->assertSame(BatchState::Done, $this->store()->load($batch->id)->state);
    $actions = \Drupal::database()->query("SELECT action FROM {background_agents_audit} WHERE run IS NULL AND uid = :uid AND data LIKE :batch ORDER BY id", [':uid' => $uid, ':batch' => '%"batch":' . $batch->id . '%'])->fetchCol();
    $this->assertSame(['batch_start', 'batch_pause', 'batch_resume', 'batch_cancel', 'batch_cancel'], $actions);
  }

  /**
   * Failed runs are retried once each, also over a crash in between.
   */
  public function testRetryFailed(): void {
    $batch = $this->batch($this->articles(3));
    $this->runner()->letIn();
    $this->endRuns(2, 'failed');
    $this->endRuns();
    $this->runner()->letIn();
    $this->assertSame([BatchState::Done, 2], [$this->store()->load($batch->id)->state, $this->tally($batch)->failed()]);
    $this->assertSame(2, $this->commands()->retryFailed($batch, (int) $this->person->id()));
    $this->assertSame(0, $this->commands()->retryFailed($this->store()->load($batch->id), (int) $this->person->id()));
    $this->assertSame(['items' => 3, 'waiting' => 2, 'open' => 0, 'settled' => 1], $this->numbers($batch));
    $this->assertSame(2, $this->runner()->letIn());
    // The process died before it was noted: the same retry is no second one.
    $this->endRuns(1, 'failed');
    \Drupal::database()->update('background_agents_batch_item')->fields(['state' => 'again'])->condition('position', 3, '<')->execute();
    $this->runner()->letIn();
    $this->assertSame([1, 2], [$this->rows('run', ['generation' => 1]), $this->rows('run', ['generation' => 2])]);
    $this->assertSame(3, $this->rows('run'));
  }

  /**
   * What cannot be worked on gets no run, and the others do.
   */
  public function testItemsThatCannot(): void {
    $articles = $this->articles(4);
    $articles[1] = $this->article(['moderation_state' => 'draft']);
    $batch = $this->batch($articles);
    $articles[0]->delete();
    \Drupal::database()->update('background_agents_batch_item')->fields(['langcode' => 'de'])->condition('entity_id', $articles[2]->id())->execute();
    $this->assertSame(1, $this->runner()->letIn());
    $this->assertSame(['content_gone', 'content_access', 'content_gone', NULL], \Drupal::database()->query('SELECT reason FROM {background_agents_batch_item} WHERE batch = :b ORDER BY position', [':b' => $batch->id])->fetchCol());
    $this->assertSame(3, $this->tally($batch)->refused);
    $narrow = $this->batch([$this->article()]);
    $this->agent->set('binding', ['langcodes' => ['de']] + $this->agent->getBinding())->save();
    $this->runner()->letIn();
    $this->assertSame(1, $this->tally($narrow)->refused);
  }

  /**
   * Who asked is blocked, may not any more, is gone; the agent is disabled.
   */
  public function testWhoAndWhatIsLost(): void {
    $batch = $this->batch($this->articles(10));
    $reason = function () use ($batch): array {
      $this->assertSame(0, $this->runner()->letIn());
      $now = $this->store()->load($batch->id);
      $this->store()->change($batch->id, BatchState::Running, [BatchState::Paused]);
      return [$now->state, $now->reason];
    };
    $this->person->block()->save();
    $this->assertSame([BatchState::Paused, 'requester_lost'], $reason());
    $this->person->activate()->set('roles', [])->save();
    $this->assertSame([BatchState::Paused, 'forbidden'], $reason());
    $this->person->set('roles', ['editor'])->save();
    $this->agent->setStatus(FALSE)->save();
    $this->assertSame([BatchState::Paused, 'agent_disabled'], $reason());
    $this->agent->setStatus(TRUE)->save();
    $this->assertSame(self::ROOM, $this->runner()->letIn());
    $this->person->delete();
    $this->endRuns();
    $this->assertSame(0, $this->runner()->letIn());
    $this->assertSame([BatchState::Done, NULL, 3], [$this->store()->load($batch->id)->state, $this->store()->load($batch->id)->uid, $this->rows('run', ['state' => 'cancelled', 'reason' => 'requester_lost'])]);
    $this->agent->delete();
  }

  /**
   * It waits while agents are stopped, the queue is full, or a budget is spent.
   */
  public function testWaits(): void {
    $batch = $this->batch($this->articles(10));
    $switch = \Drupal::service(StopSwitch::class);
    $switch->stop(1, $this->clock->now);
    $this->assertSame(0, $this->runner()->letIn());
    $switch->start(1);
    $settings = $this->config('background_agents.settings');
    $settings->set('queue.open_runs', 6)->save();
    $this->assertSame(3, $this->runner()->letIn(), 'Half of the queue is left to others.');
    $settings->set('queue.open_runs', 1000)->save();
    $this->endRuns(1, 'failed', 'limit:budget_agent');
    $this->assertSame(0, $this->runner()->letIn());
    $this->clock->now += 86400;
    $this->assertSame(5, $this->runner()->letIn());
    $this->assertSame(BatchState::Running, $this->store()->load($batch->id)->state);
  }

  /**
   * A batch goes with the last of its runs, and is part of a person's copy.
   */
  public function testRetention(): void {
    $batch = $this->batch($this->articles(1));
    $this->runner()->letIn();
    $this->endRuns();
    $this->runner()->letIn();
    $copy = \Drupal::service(PersonExport::class)->of($this->person, FALSE)['batches'];
    $this->assertSame([[$batch->id, 'writer', 1]], array_map(static fn (array $one): array => [$one['id'], $one['agent'], $one['items']], $copy));
    $this->clock->now += 731 * 86400;
    $this->store()->deleteEndedBefore($this->clock->now, 10);
    $this->assertSame(1, $this->rows('batch'), 'Its run is there.');
    \Drupal::service(RunRetention::class)->tidy();
    $this->assertSame([0, 0, 0], [$this->rows('run'), $this->rows('batch'), $this->rows('batch_item')]);
  }

  /**
   * Makes articles.
   *
   * @return \Drupal\node\NodeInterface[]
   *   Published.
   */
  private function articles(int $count): array {
    return array_map(fn (int $n): NodeInterface => $this->article(['title' => "Article $n"]), range(1, $count));
  }

  /**
   * Ends queued runs, the oldest first.
   */
  private function endRuns(?int $count = NULL, string $state = 'completed', string $reason = 'done'): void {
    $query = \Drupal::database()->select('background_agents_run', 'r')->fields('r', ['uuid'])->condition('state', 'queued')->orderBy('id');
    foreach (($count === NULL ? $query : $query->range(0, $count))->execute()->fetchCol() as $uuid) {
      \Drupal::service(RunFinisher::class)->finish($uuid, RunState::from($state), $reason);
    }
  }

  /**
   * What is done when a response is out.
   */
  private function terminate(): void {
    \Drupal::service('Drupal\background_agents\EventSubscriber\BatchesAfterResponse')->onTerminate();
  }

  /**
   * The most important numbers of a batch.
   *
   * @return array<string, int>
   *   By name.
   */
  private function numbers(Batch $batch): array {
    $tally = $this->tally($batch);
    return ['items' => $tally->items, 'waiting' => $tally->waiting, 'open' => $tally->open(), 'settled' => $tally->settled()];
  }

  private function tally(Batch $batch): BatchTally {
    return \Drupal::service(BatchNumbers::class)->of($batch);
  }

  private function store(): BatchStore {
    return \Drupal::service(BatchStore::class);
  }

}
