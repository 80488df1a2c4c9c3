<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\DraftAcceptedEvent;
use Drupal\background_agents\Event\DraftDecidedEvent;
use Drupal\background_agents\Event\DraftRefusedEvent;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What people decide about drafts is told once, when it has happened.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DecisionEventsTest extends ReviewKernelTestBase {

  private Run $run;

  private NodeInterface $article;

  /**
   * What listeners were told.
   *
   * @var \Drupal\background_agents\Event\DraftDecidedEvent[]
   */
  private array $told = [];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->run = $this->running($this->agent());
    $this->article = $this->article();
    $this->listen(fn (DraftDecidedEvent $event) => $this->told[] = $event);
  }

  /**
   * The page's service: told after the response, with who decided.
   */
  public function testReview(): void {
    $change = $this->left($this->run, $this->article);
    $this->accept($change);
    $this->assertSame([], $this->told, 'The editor does not wait for listeners.');
    $this->endResponse();
    $this->assertTold(DraftAcceptedEvent::class, $change);
    $this->assertFalse($this->told[0]->isRestPending);

    $other = $this->left($this->run, $this->article, ['title' => 'Worse bread']);
    $this->refuse($other, NULL, 'Worse.');
    $this->endResponse();
    $this->assertTold(DraftRefusedEvent::class, $other);
    $this->assertSame('Worse.', $this->told[1]->change->getReason());
    $this->endResponse();
    $this->assertCount(2, $this->told, 'Once.');
  }

  /**
   * A part is accepted, and the rest waits on: both are told.
   */
  public function testPart(): void {
    $this->field('field_note', 'string');
    $change = $this->left($this->run, $this->article, ['title' => 'Better bread', 'field_note' => 'Baked.']);
    $this->accept($change, NULL, 'published', new Choice(['title' => TRUE], TRUE));
    $this->endResponse();
    $this->assertTold(DraftAcceptedEvent::class, $change);
    $this->assertTrue($this->told[0]->isRestPending);
    $this->assertTrue($this->told[0]->change->isPending());
  }

  /**
   * What is read from the saves and deletions of editors is told alike.
   */
  public function testSaves(): void {
    $change = $this->left($this->run, $this->article);
    $this->as($this->editor, function (): void {
      $this->latest($this->article)->set('moderation_state', 'published')->save();
      $this->endResponse();
    });
    $this->assertTold(DraftAcceptedEvent::class, $change);

    $other = $this->left($this->run, $this->article, ['title' => 'Worse bread']);
    $this->as($this->editor, function () use ($other): void {
      \Drupal::entityTypeManager()->getStorage('node')->deleteRevision($other->getTargetRevisionId());
      $this->endResponse();
    });
    $this->assertTold(DraftRefusedEvent::class, $other);
  }

  /**
   * Nothing is told of what did not happen, or was nobody's decision.
   */
  public function testNothingHappened(): void {
    $change = $this->left($this->run, $this->article);
    $transaction = \Drupal::database()->startTransaction();
    $this->accept($change);
    $transaction->rollBack();
    unset($transaction);
    \Drupal::entityTypeManager()->getStorage('node')->resetCache();
    $this->endResponse();
    $this->assertTrue($this->reloaded($change)->isPending());

    // A newer draft takes the place of the older one.
    $this->left($this->run, $this->article, ['title' => 'Newer bread']);
    $this->endResponse();
    $this->assertSame(Change::SUPERSEDED, $this->reloaded($change)->getStatus());
    $this->assertSame([], $this->told);
  }

  /**
   * A listener that fails keeps neither the decision nor others from the rest.
   */
  public function testFailingListener(): void {
    $this->listen(static fn () => throw new \TypeError('Broken.'));
    $change = $this->left($this->run, $this->article);
    $this->accept($change);
    $other = $this->left($this->run, $this->article(['title' => 'Rolls']));
    $this->refuse($other);
    $this->endResponse();

    $this->assertCount(2, $this->told);
    $this->assertSame([Change::ACCEPTED, Change::REJECTED], [$this->reloaded($change)->getStatus(), $this->reloaded($other)->getStatus()]);
  }

  /**
   * What listeners dispatch comes from the run, and is no loop.
   */
  public function testLoops(): void {
    $this->agent('checker');
    $results = [];
    $this->listen(function () use (&$results): void {
      foreach (['writer', 'checker'] as $agent) {
        try {
          $run = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: $agent, triggerType: 'eca'))->run;
          $results[$agent] = [$run?->getParentUuid(), $run?->getDepth()];
        }
        catch (DispatchRefused $refused) {
          $results[$agent] = $refused->problem->code;
        }
      }
    });
    $this->accept($this->left($this->run, $this->article));
    $this->endResponse();
    $this->assertSame(['writer' => 'own_work', 'checker' => [$this->run->uuid(), 1]], $results);

    // Below a run that another started, the limit of depth holds.
    $below = $this->running($this->agent('below'), ['depth' => 1]);
    $this->refuse($this->left($below, $this->article(['title' => 'Rolls'])));
    $this->endResponse();
    $this->assertSame(['writer' => 'depth', 'checker' => 'depth'], $results);
  }

  private function listen(callable $listener): void {
    foreach ([DraftAcceptedEvent::class, DraftRefusedEvent::class] as $class) {
      \Drupal::service('event_dispatcher')->addListener($class, $listener);
    }
  }

  private function endResponse(): void {
    \Drupal::service(EditorDecisions::class)->destruct();
    \Drupal::service(DecisionListeners::class)->destruct();
  }

  private function assertTold(string $class, Change $change): void {
    $event = end($this->told);
    $this->assertInstanceOf($class, $event);
    $this->assertSame([$change->id(), $this->run->id(), (int) $this->editor->id()], [$event->change->id(), $event->run->id(), $event->uid]);
  }

}
