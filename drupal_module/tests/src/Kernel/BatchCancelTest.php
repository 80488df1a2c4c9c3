<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchNumbers;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Batch\CancelledItems;
use Drupal\background_agents\Batch\Estimator;
use Drupal\background_agents\Batch\ItemStore;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * An item that was cancelled before it was let in has a run, too.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class BatchCancelTest extends BatchKernelTestBase {

  /**
   * The run tells who cancelled it, and nobody else is told.
   */
  public function testWhatIsKept(): void {
    $article = $this->article(['title' => 'First']);
    $batch = $this->batch([$article, $this->article()]);
    $told = 0;
    foreach ([RunFailedEvent::class, RunFinishedEvent::class] as $event) {
      \Drupal::service('event_dispatcher')->addListener($event, static function () use (&$told): void {
        $told++;
      });
    }
    Meddling::$runStored = static function () use (&$told): void {
      $told++;
    };
    // Also while all agents are stopped, and the batch is paused.
    \Drupal::service(StopSwitch::class)->stop(1, $this->clock->now);
    $this->commands()->pause($batch, (int) $this->person->id());
    $cancelled = $this->clock->now;
    $this->assertSame(2, $this->commands()->cancel($batch, (int) $this->person->id(), FALSE));
    $this->assertSame(0, $this->commands()->cancel($batch, (int) $this->person->id(), FALSE), 'A second click cancels nothing.');
    $this->clock->now += 60;
    $this->runner()->letIn();
    \Drupal::service(StopSwitch::class)->start(1);
    $this->assertSame([2, 0, 0, 0, 0], [$this->rows('run'), $this->rows('outbox'), $this->rows('notice'), $this->rows('command'), $told]);
    $run = $this->runOf($article);
    $this->assertSame([RunState::Cancelled, 'cancelled', NULL, 'manual', 'First'], [$run->getState(), $run->getReason(), $run->getMessage(), $run->getTriggerType(), $run->getTarget()['label']]);
    $this->assertSame([$batch->agentLabel, (int) $this->person->id(), $batch->id], [$run->getAgentLabel(), $run->getRequesterId(), (int) $run->get('batch')->value]);
    $this->assertSame([$cancelled, $cancelled, NULL], [$run->getCreatedTime(), $run->getFinishedTime(), $run->getStartedTime()]);
    $this->assertSame([1, 0, 0, 0, FALSE], [$run->getGeneration(), $run->getAttempt(), (int) $run->get('steps')->value, (int) $run->get('cost_micros')->value, $run->isDryRun()]);
    $this->assertSame($article->uuid(), $run->getTarget()['uuid']);
    $event = \Drupal::database()->query('SELECT type, seq, data FROM {background_agents_event} WHERE run = :run', [':run' => $run->id()])->fetchAll();
    $this->assertSame(['run_finished', '1', ['state' => 'cancelled', 'reason' => 'cancelled', 'by' => 'editor']], [$event[0]->type, (string) $event[0]->seq, json_decode($event[0]->data, TRUE)]);
    $this->assertSame(1, $this->rows('audit', ['run' => $run->uuid(), 'action' => 'cancel', 'uid' => $this->person->id(), 'name' => 'editor']));
    $this->assertSame(BatchState::Done, $this->store()->load($batch->id)->state);
    $this->assertSame(['cancelled' => 2], \Drupal::service(BatchNumbers::class)->of($batch)->runs);
  }

  /**
   * Crashes at any place, and whoever comes second, make no second run.
   */
  public function testExactlyOnce(): void {
    $batch = $this->batch(array_map(fn (int $n): NodeInterface => $this->article(['title' => "Article $n"]), range(1, 70)));
    $this->commands()->cancel($batch, (int) $this->person->id(), FALSE);
    $crashes = 0;
    foreach ([2, 30, 99, 1, 2, NULL, 7, 25, NULL, NULL] as $calls) {
      $this->clock->callsUntilCrash = $calls;
      try {
        \Drupal::service(CancelledItems::class)->makeSome($batch);
      }
      catch (\RuntimeException $crash) {
        $this->assertSame('The process ends here.', $crash->getMessage());
        $crashes++;
      }
      $this->clock->callsUntilCrash = NULL;
      $this->assertSame($this->rows('run'), $this->rows('batch_item', ['state' => 'started']));
      $this->assertSame([$this->rows('run'), $this->rows('run'), $this->rows('run')], [$this->rows('event'), $this->rows('run_data'), $this->rows('audit', ['action' => 'cancel'])]);
      $this->runnerSettles($batch, $this->rows('run') === 70);
    }
    $this->assertSame(7, $crashes);
    $this->running($this->agent, ['created' => $this->clock->now - 10, 'state' => 'completed', 'steps' => 1, 'cost_micros' => 500]);
    $this->assertSame(500.0, \Drupal::service(Estimator::class)->of('writer')?->cost);
    $this->assertSame(70, $this->rows('run', ['state' => 'cancelled', 'batch' => $batch->id]));
    $this->assertSame(70, (int) \Drupal::database()->query('SELECT COUNT(DISTINCT run) FROM {background_agents_batch_item} i JOIN {background_agents_run} r ON r.uuid = i.run AND r.target_id = i.entity_id')->fetchField());
  }

  /**
   * Two people cancel some each; the account of who asked is deleted.
   */
  public function testByWhom(): void {
    $articles = array_map(fn (int $n): NodeInterface => $this->article(['title' => "Article $n"]), range(1, 3));
    $batch = $this->batch($articles);
    $other = $this->account('other', 'editor');
    $items = array_column(\Drupal::service(ItemStore::class)->page($batch->id, FALSE, 0, 3), 'item');
    $this->commands()->cancelItems($batch, (int) $this->person->id(), [$items[0]]);
    $this->commands()->cancelItems($batch, (int) $other->id(), [$items[0], $items[1]]);
    $articles[1]->delete();
    $this->person->delete();
    $this->runner()->letIn();
    $by = \Drupal::database()->query('SELECT r.reason, e.data, r.target_uuid FROM {background_agents_run} r JOIN {background_agents_event} e ON e.run = r.id ORDER BY r.target_id')->fetchAll();
    $names = array_map(static fn (\stdClass $row): ?string => json_decode($row->data)->by ?? NULL, $by);
    $this->assertSame(['cancelled', 'cancelled', 'requester_lost'], array_column($by, 'reason'));
    $this->assertNotSame('editor', $names[0], 'The name went with the account.');
    $this->assertSame(['other', NULL], [$names[1], $names[2]]);
    $this->assertSame([$articles[0]->uuid(), NULL], [$by[0]->target_uuid, $by[1]->target_uuid]);
    $this->assertSame(BatchState::Done, $this->store()->load($batch->id)->state);
  }

  /**
   * A retry makes a run of it as of any other.
   */
  public function testRetry(): void {
    $article = $this->article();
    $batch = $this->batch([$article, $this->article()]);
    $this->commands()->cancel($batch, (int) $this->person->id(), FALSE);
    $this->runner()->letIn();
    $run = \Drupal::service(RunCommands::class)->give($this->runOf($article), 'retry', (int) $this->person->id());
    $this->assertSame([RunState::Queued, 2, NULL, NULL], [$run->getState(), $run->getGeneration(), $run->getReason(), $run->getFinishedTime()]);
    $job = json_decode((string) \Drupal::database()->query('SELECT job FROM {background_agents_outbox} WHERE run = :run', [':run' => $run->uuid()])->fetchField());
    $this->assertSame([$article->uuid(), 'manual'], [$job->trigger->entity->uuid, $job->trigger->type]);
    $this->assertEquals($batch->input, $job->input);
    $this->assertSame(['cancelled' => 1, 'queued' => 1], \Drupal::service(BatchNumbers::class)->of($batch)->runs);
    \Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Completed, 'done');
    $this->assertSame(2, \Drupal::service(BatchNumbers::class)->of($batch)->settled());
    $this->assertSame(2, $this->rows('run'));
  }

  /**
   * The database finds a run by its index: else it reads all runs each time.
   */
  public function testRunsAreFoundByIndex(): void {
    $database = \Drupal::database();
    if ($database->databaseType() !== 'mysql') {
      $this->markTestSkipped('Only there columns have character sets.');
    }
    $sets = $database->query('SELECT TABLE_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND ((TABLE_NAME = :run AND COLUMN_NAME = :uuid) OR (TABLE_NAME IN (:tables[]) AND COLUMN_NAME = :column))', [
      ':run' => $database->getPrefix() . 'background_agents_run',
      ':uuid' => 'uuid',
      ':tables[]' => [$database->getPrefix() . 'background_agents_outbox', $database->getPrefix() . ItemStore::TABLE],
      ':column' => 'run',
    ])->fetchAllKeyed();
    $this->assertCount(3, $sets);
    $this->assertSame(['ascii'], array_values(array_unique($sets)));
  }

  private function runnerSettles(Batch $batch, bool $isDone): void {
    $this->store()->settle();
    $this->assertSame($isDone, $this->store()->load($batch->id)->state === BatchState::Done);
  }

  private function runOf(NodeInterface $article): Run {
    $runs = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadByProperties(['target_id' => $article->id()]);
    $run = reset($runs);
    assert($run instanceof Run);
    return $run;
  }

  private function store(): BatchStore {
    return \Drupal::service(BatchStore::class);
  }

}
