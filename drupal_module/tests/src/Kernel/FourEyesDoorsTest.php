<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\FourEyesRefused;
use Drupal\background_agents\Review\BulkDecision;
use Drupal\background_agents\Review\FourEyes;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunRetention;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Side doors by which who asked for a draft could publish it.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class FourEyesDoorsTest extends ReviewKernelTestBase {

  private Agent $agent;

  private UserInterface $asker;

  private NodeInterface $article;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent(values: ['four_eyes' => TRUE], binding: ['content' => ['node' => ['article' => ['read', 'create', 'revise'], 'page' => ['read', 'create', 'revise']]], 'may_write_unmoderated' => TRUE]);
    $this->asker = $this->account('anna', 'editor');
    $this->article = $this->article();
  }

  /**
   * A selection of drafts: who asked is told of theirs, and gets the others.
   */
  public function testBulk(): void {
    $own = $this->asked($this->article);
    $others = $this->left($this->running($this->agent), $this->article(['title' => 'Butter']), ['title' => 'Better butter']);
    $bulk = \Drupal::service(BulkDecision::class);
    $said = $this->as($this->asker, fn (): array => array_map(fn (Change $change): string => strip_tags((string) $bulk->decide((int) $change->id(), BulkDecision::ACCEPT, $this->seen($change), 'published', '')), [$own, $others]));
    $this->assertStringContainsString('somebody else has to accept', $said[0]);
    $this->assertSame('', $said[1]);
    $this->assertSame([Change::PENDING, Change::ACCEPTED], [$this->reloaded($own)->getStatus(), $this->reloaded($others)->getStatus()]);
    $this->assertSame('Bread', $this->stored($this->article)->label());
  }

  /**
   * Core's action, which ECA and the list of content run, asks no form.
   */
  public function testPublishAction(): void {
    $manager = \Drupal::service('plugin.manager.action');
    foreach (['article' => 'Better bread', 'page' => 'Rolls'] as $bundle => $title) {
      $change = $this->asked($bundle === 'article' ? $this->article : NULL, $title, bundle: $bundle);
      $node = $this->latest($change->getTarget());
      $error = NULL;
      try {
        $this->as($this->asker, static fn () => $manager->createInstance('entity:publish_action:node')->execute($node));
      }
      catch (\Throwable $error) {
        $this->assertNotNull(FourEyesRefused::in($error), $bundle);
      }
      $stored = $this->stored($node);
      $this->assertTrue($bundle === 'article' ? $stored->label() === 'Bread' : !$stored->isPublished(), $bundle);
      $this->assertTrue($bundle === 'article' || $error !== NULL, 'Unmoderated content is not published, and the action says why.');
      $this->assertTrue($this->reloaded($change)->isPending(), $bundle);
    }
  }

  /**
   * An older version that holds the draft is brought back as the newest one.
   */
  public function testRevert(): void {
    $change = $this->asked($this->article);
    $draft = $change->getTargetRevisionId();
    // A version of theirs on top of the draft, with the former text.
    $this->as($this->asker, function (): void {
      $node = \Drupal::entityTypeManager()->getStorage('node')->createRevision($this->latest($this->article));
      $node->set('title', 'Bread')->set('moderation_state', 'draft')->save();
    });
    $this->refused(function () use ($draft): void {
      $storage = \Drupal::entityTypeManager()->getStorage('node');
      $node = $storage->createRevision($storage->loadRevision($draft));
      $node->set('moderation_state', 'published')->save();
    });
    $this->refused(function () use ($draft): void {
      $node = \Drupal::entityTypeManager()->getStorage('node')->loadRevision($draft);
      $node->setNewRevision();
      $node->isDefaultRevision(TRUE);
      $node->set('moderation_state', 'published')->save();
    });
    $this->assertSame('Bread', $this->stored($this->article)->label());
  }

  /**
   * The draft's own revision is made the default one, without a new revision.
   */
  public function testSameRevision(): void {
    $change = $this->asked($this->article);
    $this->refused(fn () => \Drupal::entityTypeManager()->getStorage('node')->loadRevision($change->getTargetRevisionId())->set('moderation_state', 'published')->save());
    $this->assertSame('Bread', $this->stored($this->article)->label());
  }

  /**
   * A second translation takes the draft's language along.
   */
  public function testSecondTranslation(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    $change = $this->asked($this->article);
    $this->refused(function (): void {
      $node = $this->latest($this->article);
      $node->set('moderation_state', 'published');
      $german = $node->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published']);
      $german->setNewRevision();
      $german->save();
    });
    $this->assertSame('Bread', $this->stored($this->article)->label());
    $this->assertFalse($this->stored($this->article)->hasTranslation('de'));
    $this->assertTrue($this->reloaded($change)->isPending());
  }

  /**
   * Who asked stays known when the run above is deleted by retention.
   */
  public function testAskerOutlivesTheRunAbove(): void {
    $above = $this->running($this->agent, ['trigger_type' => 'manual', 'uid' => $this->asker->id()]);
    $middle = $this->running($this->agent, ['trigger_type' => 'agent', 'parent' => $above->uuid(), 'depth' => 1]);
    \Drupal::service(CommandQueue::class)->add($middle, 'retry', [], (int) $this->editor->id(), TRUE);
    $child = $this->running($this->agent, ['trigger_type' => 'agent', 'parent' => $middle->uuid(), 'depth' => 2]);
    $change = $this->left($child, $this->article);
    \Drupal::database()->update('background_agents_run')->fields(['state' => 'completed', 'finished' => 1])->execute();
    \Drupal::database()->delete('background_agents_outbox')->execute();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
    \Drupal::service(RunRetention::class)->tidy();
    $eyes = \Drupal::service(FourEyes::class);
    $change = $this->reloaded($change);
    $this->assertSame([TRUE, TRUE], [$eyes->keepsFrom($change, $this->asker), $eyes->keepsFrom($change, $this->editor)]);
    // When it is decided, all of them go.
    $this->refuse($change, $this->asker);
    for ($cron = 0; $cron < 3; $cron++) {
      \Drupal::service(RunRetention::class)->tidy();
    }
    $this->assertSame(0, $this->rows('run'));
  }

  private function asked(?NodeInterface $node, string $title = 'Better bread', string $bundle = 'article'): Change {
    return $this->left($this->running($this->agent, ['trigger_type' => 'manual', 'uid' => $this->asker->id()]), $node, ['title' => $title], bundle: $bundle);
  }

  /**
   * Who asked does something, and is refused with the sentence.
   */
  private function refused(callable $work): void {
    try {
      $this->as($this->asker, $work);
    }
    catch (\Throwable $error) {
      $this->assertStringContainsString('somebody else has to accept', strip_tags((string) FourEyesRefused::in($error)?->sentence));
      return;
    }
    $this->fail('It was published.');
  }

}
