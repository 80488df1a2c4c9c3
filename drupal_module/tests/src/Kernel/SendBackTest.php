<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\DraftSentBackEvent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\background_agents\Review\NextRound;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Rounds;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\Run\LeftRuns;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\StopSwitch;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Drafts that people send back: the run begins afresh, and the drafts stay.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class SendBackTest extends ReviewKernelTestBase {

  private NodeInterface $first;
  private NodeInterface $second;
  private Run $run;
  private Change $change;
  private Change $other;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->first = $this->article();
    $this->second = $this->article(['title' => 'Butter']);
    $this->run = $this->running($this->agent(binding: ['limits' => ['writes' => 2]]));
    $this->change = $this->left($this->run, $this->first);
    $this->other = $this->left($this->run, $this->second, ['title' => 'Better butter']);
  }

  /**
   * The job has what was said, and the drafts with an editor's words.
   */
  public function testNextGeneration(): void {
    $this->finish($this->run, reason: 'done');
    $edited = $this->latest($this->first);
    $edited->setTitle('Better bread, by an editor')->setNewRevision();
    $edited->save();
    $this->assertTrue($this->send($this->change, 'Shorter.', ['title' => "Say \"bread\" first.\r\nThen more.", 'body' => ' ']));
    $run = $this->now();
    $this->assertSame(['queued', 2, 1], [$run->getState()->value, $run->getGeneration(), $run->getRound()]);
    $job = \Drupal::service(Outbox::class)->jobOf($run->uuid());
    $job->attempt = 2;
    $this->assertSame([], (new Contracts())->errors($job, 'job'));
    $this->assertSame([1, 'edith'], [$job->review->round, $job->review->by]);
    $this->assertEquals([
      (object) ['text' => 'Shorter.', 'change' => $this->change->uuid()],
      (object) ['text' => "Say \"bread\" first.\nThen more.", 'change' => $this->change->uuid(), 'field' => 'title'],
    ], $job->review->remarks);
    [$draft, $second] = $job->review->drafts;
    $this->assertSame([$this->change->uuid(), (int) $edited->getRevisionId()], [$draft->change, $draft->revision]);
    $this->assertEquals((object) ['title' => [(object) ['value' => 'Better bread, by an editor']]], $draft->fields);
    $this->assertSame($this->other->uuid(), $second->change);
    // The limits count anew: two drafts were left before, two may be left now.
    $answer = $this->draft($run, $this->first, (int) $edited->getRevisionId());
    $this->assertSame([1, $this->change->id()], [$answer->getRound(), $answer->getAnswered()->id()]);
    $this->finish($this->run, reason: 'done');
    $this->assertSame([Change::SUPERSEDED, Change::PENDING, Change::PENDING], array_map(fn (Change $change): string => $this->reloaded($change)->getStatus(), [$this->change, $this->other, $answer]));
    $this->assertSame(['send_back'], \Drupal::database()->select('background_agents_audit', 'a')->fields('a', ['action'])->execute()->fetchCol());
  }

  /**
   * What was sent back is not replaced: an older base is a conflict.
   */
  public function testOlderBase(): void {
    $this->finish($this->run, reason: 'done');
    $this->send($this->change, 'Shorter.');
    $this->expectException(ProblemException::class);
    $this->expectExceptionMessage('A newer revision exists');
    $this->draft($this->now(), $this->first, (int) $this->stored($this->first)->getRevisionId());
  }

  /**
   * A run at work is waited for; its end begins the round, once.
   */
  public function testAtWork(): void {
    $this->assertFalse($this->send($this->change, 'Shorter.'));
    $this->assertSame(1, $this->now()->getGeneration());
    // Another person may add what they think of another draft.
    $fred = $this->account('fred', 'editor');
    $this->send($this->other, 'Longer.', who: $fred);
    $this->refused('edith has sent this draft back already', fn () => $this->send($this->change, 'No.', who: $fred));
    $this->finish($this->run, reason: 'done');
    $this->assertSame([2, 1], [$this->now()->getGeneration(), $this->now()->getRound()]);
    $review = \Drupal::service(Outbox::class)->jobOf($this->run->uuid())->review;
    $this->assertSame(['edith, fred', ['Shorter.', 'Longer.']], [$review->by, array_column($review->remarks, 'text')]);
    \Drupal::service(NextRound::class)->begin($this->run->uuid());
    $this->assertSame(2, $this->now()->getGeneration());
    $this->refused('Wait for what the agent makes of it', fn () => $this->send($this->change, 'No.', who: $fred));
    $this->finish($this->run, reason: 'done');
    $this->assertSame([2, 'completed'], [$this->now()->getGeneration(), $this->now()->getState()->value]);
  }

  /**
   * A retry at work does not take back what is sent back meanwhile.
   */
  public function testRetryAtWork(): void {
    $this->finish($this->run, reason: 'done');
    \Drupal::service(RunCommands::class)->give($this->now(), 'retry', NULL);
    $this->send($this->change, 'Shorter.');
    $this->finish($this->run, reason: 'done');
    $this->assertSame([3, 1], [$this->now()->getGeneration(), $this->now()->getRound()]);
    $this->assertTrue($this->reloaded($this->change)->isPending());
    $this->assertTrue($this->reloaded($this->other)->isPending());
  }

  /**
   * What a crash, a stop or a disabled agent held up is begun by cron.
   */
  public function testLeft(): void {
    $this->send($this->change, 'Shorter.');
    \Drupal::service(StopSwitch::class)->stop(NULL, 0);
    $this->finish($this->run, reason: 'done');
    $this->assertSame(1, $this->now()->getGeneration());
    $this->cron();
    \Drupal::service(StopSwitch::class)->start(NULL);
    $agent = $this->now()->getAgent();
    $agent->disable()->save();
    $this->cron();
    $this->assertSame(1, $this->now()->getGeneration());
    $agent->enable()->save();
    $this->cron();
    $this->cron();
    $this->assertSame([2, 'queued'], [$this->now()->getGeneration(), $this->now()->getState()->value]);
  }

  /**
   * A round that failed is retried with what was said; its first try goes.
   */
  public function testRoundRetried(): void {
    $this->finish($this->run, reason: 'done');
    $this->send($this->change, 'Shorter.');
    $run = $this->now();
    $first = $this->draft($run, $this->first, (int) $this->latest($this->first)->getRevisionId());
    $this->finish($this->run, RunState::Failed, 'done');
    \Drupal::service(RunCommands::class)->give($this->now(), 'retry', NULL);
    $this->assertSame('Shorter.', \Drupal::service(Outbox::class)->jobOf($run->uuid())->review->remarks[0]->text);
    $this->finish($this->run, reason: 'done');
    $this->assertSame(Change::DISCARDED, $this->reloaded($first)->getStatus());
    $this->assertTrue($this->reloaded($this->change)->isPending());
    $this->assertSame('Better bread', $this->latest($this->first)->getTitle());
  }

  /**
   * Five rounds; then the person is told what they can do.
   */
  public function testRounds(): void {
    $this->finish($this->run, reason: 'done');
    for ($i = 1; $i <= Rounds::MOST; $i++) {
      $this->send($this->change, "Remark $i.");
      $this->finish($this->run, reason: 'done');
    }
    $this->assertSame([6, 5], [$this->now()->getGeneration(), $this->now()->getRound()]);
    $this->refused('5 times already', fn () => $this->send($this->change, 'Once more.'));
    $review = \Drupal::service('Drupal\background_agents\Review\ReviewDocument')->of($this->now())['review'];
    $this->assertSame([1, 2, 3, 4], array_column($review['earlier'], 'round'));
  }

  /**
   * Who may not review a draft, and what nobody could answer.
   */
  public function testRefused(): void {
    $this->finish($this->run, reason: 'done');
    $this->role('reader', ['access content', 'review background agent drafts']);
    $this->refused('needs the permission', fn () => $this->send($this->change, 'No.', who: $this->account('rita', 'reader')));
    $this->refused('Agents do not review', fn () => $this->send($this->change, 'No.', who: $this->accountOf($this->run->getAgent())));
    $this->refused('Say what the agent', fn () => $this->send($this->change, " \n", ['title' => '']));
    $this->refused('at most 2000', fn () => $this->send($this->change, str_repeat('ä', 2001)));
    $this->refused('secret', fn () => $this->send($this->change, 'It is ' . self::SECRET));
    $seen = $this->seen($this->change);
    $edited = $this->latest($this->first);
    $edited->setTitle('Edited')->setNewRevision();
    $edited->save();
    $this->refused('has changed', fn () => $this->as($this->editor, fn () => \Drupal::service(SendBack::class)->send($this->now(), Remarks::on($this->change, 'No.', seen: $seen))));
    $this->refuse($this->change);
    $this->refused('has refused this draft', fn () => $this->send($this->change, 'No.'));
    $this->run->getAgent()->disable()->save();
    $this->refused('nobody would work', fn () => $this->send($this->other, 'No.'));
    $this->assertSame(0, $this->rows('sent_back'));
    $this->assertSame(1, $this->now()->getGeneration());
  }

  /**
   * Others are told after the commit; a person who is erased is not named.
   */
  public function testToldAndErased(): void {
    $told = [];
    \Drupal::service('event_dispatcher')->addListener(DraftSentBackEvent::class, static function (DraftSentBackEvent $event) use (&$told): void {
      $told[] = [$event->change->getTargetLabel(), $event->remark, $event->fieldRemarks, $event->uid];
    });
    $this->send($this->change, 'Shorter.', ['title' => 'Say bread first.']);
    $this->assertSame([], $told);
    \Drupal::service(DecisionListeners::class)->destruct();
    $this->assertSame([['Better bread', 'Shorter.', ['title' => 'Say bread first.'], (int) $this->editor->id()]], $told);
    $this->editor->delete();
    $this->assertStringStartsWith('erased-', \Drupal::database()->query('SELECT name FROM {background_agents_sent_back}')->fetchField());
  }

  private function send(Change $change, string $whole, array $fields = [], ?UserInterface $who = NULL): bool {
    return $this->as($who ?? $this->editor, fn (): bool => \Drupal::service(SendBack::class)->send($this->now(), Remarks::on($this->reloaded($change), $whole, $fields)));
  }

  private function refused(string $sentence, callable $work): void {
    try {
      $work();
      $this->fail("It was not refused: $sentence");
    }
    catch (ReviewRefused $refused) {
      $this->assertStringContainsString($sentence, $refused->getMessage());
    }
  }

  /**
   * A draft of the present generation, from a revision.
   */
  private function draft(Run $run, NodeInterface $node, int $revision): Change {
    \Drupal::database()->update('background_agents_outbox')->fields(['attempt' => $run->getAttempt(), 'status' => 1])->condition('run', $run->uuid())->execute();
    return $this->left($run, $node, ['title' => "Made from $revision"], revision: $revision);
  }

  private function cron(): void {
    \Drupal::service(LeftRuns::class)->takeUp();
  }

  private function now(): Run {
    return \Drupal::service(RunStore::class)->load((int) $this->run->id());
  }

}
