<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\Core\Entity\EntityInterface;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The guard: access, what is made of a save, and what is refused within it.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class GuardTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_meddler'];

  private Agent $agent;

  private Run $run;

  private NodeInterface $article;

  /**
   * The revision that visitors see.
   */
  private int $live;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    // A role as it should not be: what it may besides makes no difference.
    $this->role('greedy', [...self::WRITER, 'use editorial transition publish', 'bypass node access', 'administer nodes', 'administer content types', 'administer users', 'administer background agents'], TRUE);
    $this->agent = $this->agent('greedy', [], 'greedy');
    $this->run = $this->running($this->agent);
    $this->article = $this->article();
    $this->live = (int) $this->article->getRevisionId();
  }

  /**
   * First layer: access follows the binding, whatever the role gives.
   */
  public function testAccess(): void {
    $account = $this->accountOf($this->agent);
    $page = Node::create(['type' => 'page', 'title' => 'Page', 'uid' => 1]);
    $page->save();
    $may = static fn (EntityInterface $entity, string $operation): bool => $entity->access($operation, $account);
    $handler = \Drupal::entityTypeManager()->getAccessControlHandler('node');

    $this->inRun($this->run, function () use ($may, $page, $handler, $account): void {
      $this->assertSame([TRUE, TRUE, FALSE], [$may($this->article, 'view'), $may($this->article, 'update'), $may($this->article, 'delete')]);
      $this->assertSame([FALSE, FALSE], [$may($page, 'update'), $may($page, 'delete')]);
      $this->assertSame([TRUE, FALSE], [$handler->createAccess('article', $account), $handler->createAccess('page', $account)]);
      $this->assertFalse($may($this->agent, 'update'));
      $this->assertFalse($may($this->run, 'delete'));
      $this->assertFalse($account->hasPermission('administer nodes'));
      $this->assertFalse($account->hasPermission('bypass node access'));
      $this->assertTrue($account->hasPermission('access content'));
    });
    // Without a run token the account may nothing at all.
    $this->as($account, function () use ($may, $account): void {
      \Drupal::entityTypeManager()->getAccessControlHandler('node')->resetCache();
      $this->assertFalse($may($this->article, 'update'));
      $this->assertFalse($account->hasPermission('access content'));
    });
  }

  /**
   * Second layer: whatever an agent saves becomes a draft, by each door.
   */
  public function testNeverPublishes(): void {
    $publish = static function (NodeInterface $node): void {
      $node->set('title', $node->label() . '!')->set('moderation_state', 'published')->setPublished();
      $node->save();
    };
    $admin = $this->createUser([], NULL, TRUE);
    // So the account may do something without a run.
    $this->config('background_agents.settings')->set('guard.token_only', FALSE)->save();
    $doors = [
      'a save in a run' => fn () => $this->inRun($this->run, fn () => $publish($this->latest($this->article))),
      'a save as the account, without a run' => fn () => $this->as($this->accountOf($this->agent), fn () => $publish($this->latest($this->article))),
      'a save as somebody else, within a run' => fn () => $this->inRun($this->run, fn () => $this->as($admin, fn () => $publish($this->latest($this->article)))),
      'no new revision' => fn () => $this->inRun($this->run, function () use ($publish): void {
        $node = $this->latest($this->article);
        $node->setNewRevision(FALSE);
        $node->isDefaultRevision(TRUE);
        $publish($node);
      }),
    ];
    foreach ($doors as $name => $door) {
      $before = $this->latest($this->article);
      $door();
      $draft = $this->latest($this->article);
      $this->assertGreaterThan($before->getRevisionId(), $draft->getRevisionId(), $name);
      $this->assertSame([$before->label() . '!', 'draft', FALSE], [$draft->label(), $draft->get('moderation_state')->value, $draft->isPublished()], $name);
      $this->assertStoredAsBefore($name);
    }
    $new = Node::create(['type' => 'article', 'title' => 'New', 'moderation_state' => 'published']);
    $this->inRun($this->run, fn () => $publish($new));
    $this->assertFalse($this->stored($new)->isPublished());
  }

  /**
   * Third layer: what is no draft is refused, and rolled back.
   */
  public function testRefusedSaves(): void {
    $page = Node::create(['type' => 'page', 'title' => 'Page', 'uid' => 1]);
    $page->save();
    $syncing = function (): void {
      $node = $this->latest($this->article);
      $node->setSyncing(TRUE)->set('title', 'Synced')->save();
    };
    $this->article->set('title', 'Of an editor')->set('moderation_state', 'draft')->save();
    $stale = fn () => \Drupal::entityTypeManager()->getStorage('node')->loadRevision($this->live)->set('title', 'Of the agent')->save();
    $saves = [
      'syncing' => $syncing,
      'a revision that is not the newest' => $stale,
      'out of the binding' => fn () => $page->set('title', 'By the agent')->save(),
      'configuration' => fn () => \Drupal::entityTypeManager()->getStorage('node_type')->load('page')->set('name', 'Other')->save(),
      'the agent itself' => fn () => Agent::load('greedy')->set('label', 'Other')->save(),
      'a deletion' => fn () => $this->latest($this->article)->delete(),
      'a deletion of a run' => fn () => $this->run->delete(),
      'an account' => fn () => $this->accountOf($this->agent)->set('mail', 'x@example.com')->save(),
    ];
    foreach ($saves as $name => $save) {
      $this->assertGuarded(fn () => $this->inRun($this->run, $save), $name);
      $this->assertStoredAsBefore($name);
    }
    $this->assertSame('Page', Node::load($page->id())->label());
    $this->assertSame('Greedy', Agent::load('greedy')->label());
  }

  /**
   * Unmoderated content is live at once, so it takes a word of its own.
   */
  public function testUnmoderated(): void {
    $content = ['content' => ['node' => ['page' => ['create', 'revise']]]];
    $page = ['type' => 'page', 'title' => 'Page', 'status' => 1];
    $this->assertGuarded(fn () => $this->inRun($this->running($this->agent('pages', $content)), fn () => Node::create($page)->save()), 'pages');
    $this->assertSame(0, (int) \Drupal::entityQuery('node')->accessCheck(FALSE)->condition('type', 'page')->count()->execute());

    $allowed = $this->running($this->agent('live_pages', $content + ['may_write_unmoderated' => TRUE]));
    $this->inRun($allowed, fn () => Node::create($page)->save());
    $pages = Node::loadMultiple(\Drupal::entityQuery('node')->accessCheck(FALSE)->condition('type', 'page')->execute());
    $this->assertFalse(reset($pages)->isPublished(), 'A new item is not published.');
  }

  /**
   * Code of the site cannot publish within an agent's save.
   */
  public function testMeddlingCode(): void {
    $save = fn () => $this->inRun($this->run, fn () => $this->latest($this->article)->set('title', 'Of the agent')->save());
    Meddling::$presave = static fn (NodeInterface $node) => $node->set('moderation_state', 'published')->setPublished();
    $this->assertGuarded($save, 'presave');
    $this->assertStoredAsBefore('presave');
    Meddling::$presave = NULL;

    // A nested save continues the draft: still one revision, still a draft.
    Meddling::$stored = static function (NodeInterface $node): void {
      $again = \Drupal::entityTypeManager()->getStorage('node')->loadRevision($node->getRevisionId());
      $again->set('title', 'Of the site')->set('moderation_state', 'published')->save();
    };
    $before = count($this->revisions());
    $save();
    $this->assertCount($before + 1, $this->revisions());
    $this->assertSame(['Of the site', 'draft'], [$this->latest($this->article)->label(), $this->latest($this->article)->get('moderation_state')->value]);
    $this->assertStoredAsBefore('a nested save');

    // Rows that are changed past the entity are found when they are stored.
    Meddling::$stored = static fn (NodeInterface $node) => \Drupal::database()->update('node')->fields(['vid' => $node->getRevisionId()])->condition('nid', $node->id())->execute();
    $this->assertGuarded($save, 'rows');
    $this->assertStoredAsBefore('rows');
  }

  /**
   * People are not held to any of this.
   */
  public function testPeople(): void {
    $this->as($this->createUser([], NULL, TRUE), function (): void {
      $this->article->set('title', 'Of an editor')->set('moderation_state', 'published');
      $this->article->save();
      $this->assertSame('Of an editor', $this->stored($this->article)->label());
      $this->article->delete();
    });
    $this->assertNull(Node::load($this->article->id()));
  }

  private function assertStoredAsBefore(string $name): void {
    $live = $this->stored($this->article);
    $this->assertSame(['Bread', TRUE, $this->live], [$live->label(), $live->isPublished(), (int) $live->getRevisionId()], $name);
  }

  private function assertGuarded(callable $work, string $name): void {
    try {
      $work();
    }
    catch (\Throwable $error) {
      $this->assertNotNull(GuardException::in($error), "$name: {$error->getMessage()}");
      return;
    }
    $this->fail("$name: nothing was refused.");
  }

  private function revisions(): array {
    return \Drupal::entityQuery('node')->accessCheck(FALSE)->allRevisions()->condition('nid', $this->article->id())->execute();
  }

}
