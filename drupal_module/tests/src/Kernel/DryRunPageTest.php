<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\Role;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * The page of what a test run proposes: who sees it, and what it leaves alone.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DryRunPageTest extends ReviewKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['page_cache', 'dynamic_page_cache'];

  private UserInterface $runner;

  private Run $run;

  private NodeInterface $article;

  private Change $change;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->container->get('theme_installer')->install(['stark']);
    $this->config('system.theme')->set('default', 'stark')->save();
    Role::load('anonymous')->grantPermission('access content')->save();
    $this->role('runner', ['access content', 'run writer background agent', 'view own background agent runs', 'manage own background agent runs']);
    $this->runner = $this->account('rita', 'runner');
    $this->run = $this->running($this->agent(), ['dry_run' => TRUE]);
    $this->article = $this->article(['title' => 'Public words']);
    $this->change = $this->proposed($this->article, 'Proposed words');
  }

  /**
   * What the run proposes; the person may not edit content, the agent may.
   */
  private function proposed(?NodeInterface $item, string $title): Change {
    $this->run->set('uid', NULL)->save();
    $change = $this->left($this->run, $item, ['title' => $title]);
    $this->run->set('uid', $this->runner->id())->save();
    return $change;
  }

  /**
   * Who sees the run sees what it proposes; nobody is asked to decide.
   */
  public function testPage(): void {
    $page = $this->page($this->change->toUrl()->toString(), $this->runner);
    $this->assertSame(200, $page->getStatusCode());
    $text = (string) $page->getContent();
    foreach (['This was a test run: nothing was saved', 'Proposed', 'Not saved (test run)', 'Wrote.', '/background-agents/preview/' . $this->change->id() . '/0'] as $said) {
      $this->assertStringContainsString($said, $text);
    }
    foreach (['type="submit"', 'Send back', 'Refuse', 'name="seen"'] as $button) {
      $this->assertStringNotContainsString($button, $text);
    }
    foreach ([$this->editor, $this->account('nobody'), new AnonymousUserSession(), $this->accountOf(Agent::load('writer'))] as $other) {
      $this->assertSame(403, $this->page($this->change->toUrl()->toString(), $other)->getStatusCode(), $other->getAccountName());
      $this->assertSame(403, $this->page($this->preview(), $other)->getStatusCode(), $other->getAccountName());
    }
    $run = (string) $this->page($this->run->toUrl()->toString(), $this->runner)->getContent();
    foreach (['Test run', 'Proposed by this test run, and not saved', 'See what it proposes'] as $said) {
      $this->assertStringContainsString($said, $run);
    }
  }

  /**
   * The preview shows what is proposed, and visitors still what is published.
   */
  public function testVisitorsSeeNothingOfIt(): void {
    $path = $this->article->toUrl()->toString();
    $seen = fn (): string => (string) $this->page($path, new AnonymousUserSession())->getContent();
    $this->assertStringContainsString('Public words', $seen());
    $cached = $this->cached();
    $proposed = (string) $this->page($this->preview(), $this->runner)->getContent();
    $this->assertStringContainsString('Proposed words', $proposed);
    $this->assertStringNotContainsString('Public words', $proposed);
    $before = (string) $this->page($this->preview((int) $this->article->getRevisionId()), $this->runner)->getContent();
    $this->assertStringContainsString('Public words', $before);
    $this->assertSame(404, $this->page($this->preview(4711), $this->runner)->getStatusCode());
    $this->page($this->change->toUrl()->toString(), $this->runner);
    $this->assertStringNotContainsString('Proposed words', implode('', array_diff_key($this->cached(), $cached)));
    $this->assertStringContainsString('Public words', $seen());
    \Drupal::service('cache.page')->deleteAll();
    $this->assertStringContainsString('Public words', $seen());
    $this->assertStringNotContainsString('Proposed words', $seen());
  }

  /**
   * A new item is shown without having been made.
   */
  public function testNewItem(): void {
    $change = $this->proposed(NULL, 'Proposed item');
    $page = $this->page($change->toUrl()->toString(), $this->runner);
    $this->assertStringContainsString('Proposed item', (string) $page->getContent());
    $preview = $this->page("/background-agents/preview/{$change->id()}/0", $this->runner);
    $this->assertSame(200, $preview->getStatusCode());
    $this->assertStringContainsString('Proposed item', (string) $preview->getContent());
    $this->assertCount(1, \Drupal::entityQuery('node')->accessCheck(FALSE)->execute());
  }

  /**
   * What the person may not see of the item is not shown beside the proposal.
   */
  public function testHiddenItem(): void {
    $hidden = $this->article(['title' => 'Hidden words', 'moderation_state' => 'draft']);
    $change = $this->proposed($hidden, 'Proposed words');
    $this->assertSame(403, $this->page("/background-agents/preview/{$change->id()}/0", $this->runner)->getStatusCode());
    $page = $this->page($change->toUrl()->toString(), $this->runner);
    $this->assertSame(200, $page->getStatusCode());
    $this->assertStringNotContainsString('/background-agents/preview/', (string) $page->getContent());
    // When the item is gone, what was proposed is still told.
    $hidden->delete();
    $this->assertStringContainsString('Proposed', (string) $this->page($change->toUrl()->toString(), $this->runner)->getContent());
  }

  /**
   * It cannot be accepted, refused or sent back, whoever tries.
   */
  public function testNoDecision(): void {
    $admin = $this->createUser([], 'boss', TRUE);
    $this->assertFalse($this->change->access('review', $admin));
    $revisions = $this->revisions();
    $this->as($admin, function (): void {
      try {
        \Drupal::service(Reviewer::class)->accept($this->change, new Seen((int) $this->article->getRevisionId(), (int) $this->article->getRevisionId()), new Choice(), 'published');
        $this->fail('It was accepted.');
      }
      catch (ReviewRefused $refused) {
        $this->assertStringContainsString('test run', $refused->getMessage());
      }
    });
    $this->assertSame($revisions, $this->revisions());
    $this->assertTrue(Change::load($this->change->id())->isDryRun());
  }

  private function revisions(): array {
    return \Drupal::entityQuery('node')->accessCheck(FALSE)->allRevisions()->execute();
  }

  private function preview(int $revision = 0): string {
    return "/background-agents/preview/{$this->change->id()}/$revision";
  }

  /**
   * All that pages and their parts are kept as.
   *
   * @return array<string, string>
   *   By bin and id.
   */
  private function cached(): array {
    $found = [];
    foreach (['cache_render', 'cache_dynamic_page_cache', 'cache_page'] as $table) {
      if (\Drupal::database()->schema()->tableExists($table)) {
        foreach (\Drupal::database()->select($table, 'c')->fields('c', ['cid', 'data'])->execute()->fetchAllKeyed() as $id => $data) {
          $found["$table:$id"] = (string) $data;
        }
      }
    }
    return $found;
  }

  private function page(string $path, AccountInterface $account): Response {
    return $this->as($account, static function () use ($path): Response {
      $request = Request::create($path);
      $request->setSession(new Session(new MockArraySessionStorage()));
      return \Drupal::service('http_kernel')->handle($request);
    });
  }

}
