<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\FourEyesRefused;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\FourEyes;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\Core\Form\FormState;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\User;
use Drupal\user\UserInterface;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Who asked for a run does not accept its draft, where the agent says so.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class FourEyesTest extends ReviewKernelTestBase {

  /**
   * Ways to publish a draft of moderated content.
   */
  private const array DOORS = ['review', 'part', 'validation', 'save', 'edited', 'later', 'moderation form'];

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
   * Whom a run counts for, by what started it.
   */
  public function testOrigins(): void {
    $eyes = \Drupal::service(FourEyes::class);
    $kept = [];
    foreach (['manual', 'eca', 'api', 'mcp', 'a2a', 'content', 'cron', 'schedule'] as $type) {
      $change = $this->left($this->asked(['trigger_type' => $type]), $this->article, ['title' => "Bread by $type"]);
      $kept[$type] = $eyes->keepsFrom($change, $this->asker);
      $this->assertFalse($eyes->keepsFrom($change, $this->editor), $type);
      $this->assertFalse($eyes->keepsFrom($change, User::getAnonymousUser()), $type);
    }
    $asked = ['manual' => TRUE, 'eca' => TRUE, 'api' => TRUE, 'mcp' => TRUE, 'a2a' => TRUE];
    $this->assertSame($asked + ['content' => FALSE, 'cron' => FALSE, 'schedule' => FALSE], $kept);

    $change = $this->left($this->asked(), $this->article);
    $this->assertTrue($eyes->keepsFrom($change, $this->asker));
    $this->agent->set('four_eyes', FALSE)->save();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
    $this->assertFalse($eyes->keepsFrom($this->reloaded($change), $this->asker));
  }

  /**
   * Who asked for a run above it, or for it to be done again, asked for it.
   */
  public function testAskedAboveAndAgain(): void {
    $eyes = \Drupal::service(FourEyes::class);
    $above = $this->asked();
    $child = $this->running($this->agent, ['trigger_type' => 'agent', 'parent' => $above->uuid(), 'depth' => 1, 'uid' => $this->accountOf($this->agent)->id()]);
    $this->assertTrue($eyes->keepsFrom($this->left($child, $this->article), $this->asker));

    // Nobody asked for it, until somebody had it done again.
    $change = $this->left($this->running($this->agent, ['trigger_type' => 'cron']), $this->article, ['title' => 'Rye']);
    $this->assertFalse($eyes->keepsFrom($change, $this->asker));
    \Drupal::service(CommandQueue::class)->add($change->getRun(), 'retry', [], (int) $this->asker->id(), TRUE);
    $this->assertTrue($eyes->keepsFrom($change, $this->asker));
    // Who answers a question of the run did not ask for it.
    \Drupal::service(CommandQueue::class)->add($change->getRun(), 'decide', [], (int) $this->editor->id(), TRUE);
    $this->assertFalse($eyes->keepsFrom($change, $this->editor));
  }

  /**
   * Each door is closed to the asker, and open to another person.
   */
  public function testDoors(): void {
    foreach (self::DOORS as $door) {
      $this->article = $this->article();
      $change = $this->left($this->asked(), $this->article);
      $this->assertNotNull($this->through($door, $change, $this->asker), "$door: closed to who asked.");
      $this->assertSame('Bread', $this->stored($this->article)->label(), $door);
      $this->assertTrue($this->reloaded($change)->isPending(), $door);

      $this->assertNull($this->through($door, $change, $this->editor), "$door: open to another person.");
      $this->assertStringStartsWith('Better bread', $this->stored($this->article)->label(), $door);
      \Drupal::service(EditorDecisions::class)->destruct();
      $this->assertSame(Change::ACCEPTED, $this->reloaded($change)->getStatus(), $door);
    }
  }

  /**
   * No permission lifts it: user 1 who asked is one person, too.
   */
  public function testAdministrator(): void {
    $this->asker = User::load(1);
    $change = $this->left($this->asked(), $this->article);
    foreach (self::DOORS as $door) {
      $this->assertNotNull($this->through($door, $change, $this->asker), $door);
    }
  }

  /**
   * What they still may: refuse, edit without publishing, archive, their own.
   */
  public function testAllowed(): void {
    $change = $this->left($this->asked(), $this->article);
    $this->as($this->asker, function (): void {
      $draft = $this->latest($this->article);
      $draft->setNewRevision();
      $draft->set('title', 'Better bread, I think')->save();
    });
    $this->refuse($this->reloaded($change), $this->asker);
    $this->assertSame(Change::REJECTED, $this->reloaded($change)->getStatus());

    $this->left($this->asked(), $this->article, ['title' => 'Other bread']);
    // Nothing of the draft is in what they publish.
    $this->as($this->asker, fn () => $this->latest($this->article)->set('title', 'Bread')->set('promote', 1)->set('moderation_state', 'published')->save());
    $this->assertSame('1', $this->stored($this->article)->get('promote')->value);
    \Drupal::service(EditorDecisions::class)->destruct();

    $workflow = Workflow::load('editorial');
    $workflow->getTypePlugin()->setConfiguration(array_merge_recursive($workflow->getTypePlugin()->getConfiguration(), [
      'states' => ['archived' => ['label' => 'Archived', 'weight' => 1, 'published' => FALSE, 'default_revision' => TRUE]],
      'transitions' => ['archive' => ['label' => 'Archive', 'from' => ['draft', 'published'], 'to' => 'archived', 'weight' => 1]],
    ]));
    $workflow->save();
    $this->left($this->asked(), $this->article, ['title' => 'Third bread']);
    $this->as($this->asker, fn () => $this->latest($this->article)->set('moderation_state', 'archived')->save());
    $this->assertFalse($this->stored($this->article)->isPublished());
  }

  /**
   * Content without moderation: publishing the agent's creation is its door.
   */
  public function testUnmoderated(): void {
    $change = $this->left($this->asked(), NULL, ['title' => 'Rolls'], bundle: 'page');
    $page = $change->getTarget();
    assert($page instanceof NodeInterface);
    $publish = fn () => $this->latest($page)->setPublished()->save();
    $this->assertInstanceOf(FourEyesRefused::class, $this->caught(fn () => $this->as($this->asker, $publish)));
    $this->assertInstanceOf(ReviewRefused::class, $this->caught(fn () => $this->accept($change, $this->asker, NULL)));
    $this->as($this->editor, $publish);
    $this->assertTrue($this->stored($page)->isPublished());
  }

  /**
   * Another language is published by itself, and not along.
   */
  public function testLanguages(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    $german = $this->article->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published']);
    $german->setNewRevision();
    $german->save();
    $this->left($this->asked(), $this->article, ['title' => 'Roggenbrot'], 'de');

    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $this->as($this->asker, function () use ($storage): void {
      $english = $storage->createRevision($this->stored($this->article));
      $english->set('title', 'White bread')->set('moderation_state', 'published')->save();
    });
    $this->assertSame(['White bread', 'Brot'], [$this->stored($this->article)->label(), $this->stored($this->article)->getTranslation('de')->label()]);

    $german = $storage->loadRevision($storage->getLatestTranslationAffectedRevisionId($this->article->id(), 'de'));
    $english = $german->getTranslation('en');
    $german->getTranslation('de')->set('moderation_state', 'published');
    $this->assertInstanceOf(FourEyesRefused::class, $this->caught(fn () => $this->as($this->asker, fn () => $english->save())));
  }

  /**
   * The draft's words are its words, also where they were typed anew.
   */
  public function testCopied(): void {
    $change = $this->left($this->asked(), $this->article);
    \Drupal::service(EditorDecisions::class)->override($change);
    $copy = function (string $title): void {
      $node = $this->stored($this->article);
      $node->setNewRevision();
      $node->set('title', $title)->set('moderation_state', 'published')->save();
    };
    $this->assertInstanceOf(FourEyesRefused::class, $this->caught(fn () => $this->as($this->asker, fn () => $copy('Better bread'))));
    $this->as($this->asker, fn () => $copy('Something else'));
    $this->assertSame('Something else', $this->stored($this->article)->label());
  }

  private function asked(array $values = []): Run {
    return $this->running($this->agent, $values + ['trigger_type' => 'manual', 'uid' => $this->asker->id()]);
  }

  /**
   * Tries to publish a draft; what it was refused with, or NULL.
   */
  private function through(string $door, Change $change, UserInterface $who): mixed {
    return match ($door) {
      'review' => $this->caught(fn () => $this->accept($change, $who)),
      'part' => $this->caught(fn () => $this->accept($change, $who, 'published', new Choice(['title' => TRUE], TRUE))),
      default => $this->caught(fn () => $this->as($who, fn () => $this->save($door))),
    };
  }

  private function save(string $door): void {
    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $draft = $this->latest($this->article);
    $node = $storage->createRevision($draft);
    if ($door === 'moderation form') {
      $this->submitModerationForm($draft);
      return;
    }
    if ($door === 'edited') {
      $node->set('title', 'Better bread, by hand');
    }
    if ($door === 'later') {
      $node->set('title', 'Better bread, for now')->save();
      $node = $storage->createRevision($this->latest($this->article));
    }
    $node->set('moderation_state', 'published');
    if ($door === 'validation') {
      $violations = $node->validate();
      if ($violations->count() > 0) {
        $this->assertStringContainsString('somebody else has to accept', strip_tags((string) $violations->get(0)->getMessage()));
        throw new \DomainException('Refused by validation.');
      }
    }
    $node->save();
  }

  private function submitModerationForm(NodeInterface $draft): void {
    $state = (new FormState())->setValues(['new_state' => 'published', 'revision_log' => '']);
    \Drupal::formBuilder()->submitForm('Drupal\content_moderation\Form\EntityModerationForm', $state, $draft);
    if ($state->getErrors() !== []) {
      $this->assertStringContainsString('somebody else has to accept', strip_tags((string) current($state->getErrors())));
      throw new \DomainException('Refused by the form.');
    }
  }

  /**
   * What keeps something from being done; NULL: nothing.
   */
  private function caught(callable $work): ?\Throwable {
    try {
      $work();
      return NULL;
    }
    catch (\Throwable $error) {
      return FourEyesRefused::in($error) ?? $error;
    }
  }

}
