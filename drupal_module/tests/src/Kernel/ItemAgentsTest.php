<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\RunAgentForm;
use Drupal\background_agents\Run\ItemRuns;
use Drupal\background_agents\Ui\ItemTables;
use Drupal\Core\Form\FormState;
use Drupal\Core\Session\AccountInterface;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The tab "Agents" of content: who gets it, and what it lists.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ItemAgentsTest extends AgentsKernelTestBase {

  private const array EDIT = ['access content', 'edit any article content', 'edit any page content', 'use editorial transition create_new_draft'];

  private Agent $agent;

  private NodeInterface $article;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->article = $this->article();
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Editors with something to see or to do, where an agent may work.
   */
  public function testAccess(): void {
    $may = fn (AccountInterface $account, NodeInterface $item): bool => $this->as($account, static fn (): bool => \Drupal::accessManager()->checkNamedRoute('entity.node.background_agents', ['node' => $item->id()], $account));
    $page = $this->article(['type' => 'page']);
    $people = [
      'review background agent drafts' => TRUE,
      'view own background agent runs' => TRUE,
      'run writer background agent' => TRUE,
      'run other background agent' => FALSE,
    ];
    $this->agent('other', ['content' => ['node' => []]]);
    foreach ($people as $permission => $expected) {
      $person = $this->person([...self::EDIT, $permission]);
      $this->assertSame($expected, $may($person, $this->article), $permission);
      $this->assertFalse($may($person, $page), 'No agent may work on pages.');
    }
    $this->assertFalse($may($this->person(self::EDIT), $this->article), 'An editor without any permission of ours.');
    $this->assertFalse($may($this->person(['access content', 'review background agent drafts']), $this->article), 'A reviewer who may not edit it.');
    $this->assertFalse($may($this->accountOf($this->agent), $this->article), 'An agent.');
  }

  /**
   * Runs that it started or that left drafts on it; own ones, or all; paged.
   */
  public function testRuns(): void {
    $it = ['target_type' => 'node', 'target_uuid' => $this->article->uuid()];
    $other = $this->article();
    $person = $this->person(self::EDIT);
    $first = $this->running($this->agent, $it + ['state' => 'completed']);
    $own = $this->running($this->agent, $it + ['uid' => $person->id()]);
    $drafting = $this->running($this->agent, ['uid' => $person->id()]);
    $this->change($drafting);
    $this->change($drafting);
    $both = $this->running($this->agent, $it);
    $this->change($both, ['status' => Change::ACCEPTED]);
    $this->running($this->agent, ['target_type' => 'node', 'target_uuid' => $other->uuid()]);
    $ids = fn (?int $uid, int $offset = 0, int $limit = 10): array => array_map(static fn (Run $run): int => (int) $run->id(), \Drupal::service(ItemRuns::class)->page($this->article, $uid, $offset, $limit));
    $all = array_map(static fn (Run $run): int => (int) $run->id(), [$both, $drafting, $own, $first]);
    $this->assertSame($all, $ids(NULL));
    $this->assertSame(array_slice($all, 1, 2), $ids(NULL, 1, 2));
    $this->assertSame([$all[1], $all[2]], $ids((int) $person->id()));
    $this->assertSame([], $ids(12345));
  }

  /**
   * Drafts with what became of them, links as one may, no runs for others.
   */
  public function testTables(): void {
    $run = $this->running($this->agent, ['target_type' => 'node', 'target_uuid' => $this->article->uuid()]);
    $this->change($run, ['summary' => '<b>Shorter</b>']);
    $decided = $this->change($run, ['outcome_share' => 0.5]);
    $decided->decide(Change::ACCEPTED, (int) $this->person(['access content'], 'Erika')->id(), 1)->save();
    $tables = \Drupal::service(ItemTables::class);
    $editor = $this->person(self::EDIT);
    $watcher = $this->person([...self::EDIT, 'review background agent drafts', 'view any background agent run']);
    $html = fn (AccountInterface $person): string => $this->as($person, function () use ($tables, $person): string {
      $build = $tables->drafts($this->article, $person);
      return (string) \Drupal::service('renderer')->renderInIsolation($build);
    });
    $this->assertStringContainsString('&lt;b&gt;Shorter&lt;/b&gt;', $html($editor));
    $this->assertStringContainsString('by Erika, 50 % published', $html($editor));
    $this->assertStringNotContainsString('href="/admin', $html($editor));
    $this->assertStringContainsString('href="' . $decided->toUrl()->toString() . '"', $html($watcher));
    $this->assertStringContainsString('href="' . $run->toUrl()->toString() . '"', $html($watcher));
    $this->assertNull($this->as($editor, fn (): ?array => $tables->runs($this->article, $editor)));
    $this->assertCount(1, $this->as($watcher, fn (): array => $tables->runs($this->article, $watcher))['table']['#rows']);
  }

  /**
   * The form "Run agent" takes the item that its address names, if one may see.
   */
  public function testRunHere(): void {
    $person = $this->person([...self::EDIT, 'run writer background agent']);
    $hidden = $this->article(['moderation_state' => 'draft']);
    $default = fn (mixed $about): ?string => $this->as($person, function () use ($about): ?string {
      \Drupal::request()->query->set('about', $about);
      $form = RunAgentForm::create(\Drupal::getContainer())->buildForm([], new FormState(), $this->agent);
      return $form['about']['node']['#default_value']?->id();
    });
    $this->assertSame($this->article->id(), $default("node/{$this->article->id()}/en"));
    $wrong = ["node/{$hidden->id()}/en", "node/{$this->article->id()}/de", 'node/x/en', 'nothing/1/en', 'user/1/en', 'node', ['a']];
    foreach ($wrong as $about) {
      $this->assertNull($default($about), json_encode($about));
    }
  }

  private function person(array $permissions, ?string $name = NULL): UserInterface {
    return $this->createUser($permissions, $name);
  }

  private function change(Run $run, array $values = []): Change {
    $change = Change::create($values + [
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $this->article->uuid(),
      'target_id' => $this->article->id(),
      'target_langcode' => 'en',
      'target_revision' => $this->article->getRevisionId(),
      'operation' => 'revise',
      'status' => Change::PENDING,
    ]);
    $change->save();
    return $change;
  }

}
