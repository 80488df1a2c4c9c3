<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunUndoneEvent;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Undo\Deed;
use Drupal\background_agents\Review\Undo\PlannedItem;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\background_agents\Review\Undo\Verdict;
use Drupal\filter\Entity\FilterFormat;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * A run is undone by field: what stands goes back, what others changed stays.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RunUndoTest extends ReviewKernelTestBase {

  /**
   * Fields of articles, with two values each: before, and the agent's.
   */
  private const array FIELDS = [
    'field_line' => ['string', 1, [['value' => 'Rye']], [['value' => 'Wheat']], [['value' => 'Spelt']]],
    'field_text' => ['text_long', 1, [['value' => '<p>Old bread is dry.</p>', 'format' => 'rich']], [['value' => '<p>New bread is soft.</p>', 'format' => 'rich']], [['value' => '<p>Somebody else wrote this.</p>', 'format' => 'rich']]],
    'field_number' => ['integer', 1, [['value' => 1]], [['value' => 2]], [['value' => 3]]],
    'field_flag' => ['boolean', 1, [['value' => 0]], [['value' => 1]], NULL],
    'field_words' => ['string', -1, [['value' => 'a'], ['value' => 'b']], [['value' => 'b'], ['value' => 'a'], ['value' => 'c']], [['value' => 'z']]],
    'field_related' => ['entity_reference', -1, [], [['target_id' => 'first']], [['target_id' => 'second']]],
    'field_when' => ['timestamp', 1, [['value' => 1000000000]], [['value' => 1100000000]], [['value' => 1200000000]]],
  ];

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['content_translation'];

  private Run $run;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $workflow = Workflow::load('editorial');
    $workflow->getTypePlugin()->addState('archived', 'Archived')->setStateWeight('archived', 5)->addTransition('archive', 'Archive', ['published'], 'archived');
    $configuration = $workflow->getTypePlugin()->getConfiguration();
    $configuration['states']['archived'] = ['published' => FALSE, 'default_revision' => TRUE] + $configuration['states']['archived'];
    $workflow->set('type_settings', $configuration)->save();
    FilterFormat::create(['format' => 'rich', 'name' => 'Rich'])->save();
    user_role_grant_permissions('writer', ['use text format rich']);
    // The transition was not there when the role was made.
    user_role_grant_permissions('editor', ['use text format rich', 'use editorial transition archive']);
    foreach (self::FIELDS as $name => [$type, $cardinality]) {
      foreach (['article', 'page'] as $bundle) {
        $this->field($name, $type, $bundle, $cardinality, $type === 'entity_reference' ? ['target_type' => 'node'] : [], ['label' => ucfirst(substr($name, 6))]);
      }
    }
    $this->run = $this->running($this->agent('writer', [
      'content' => ['node' => ['article' => ['read', 'create', 'revise'], 'page' => ['read', 'create', 'revise']]],
      'may_write_unmoderated' => TRUE,
    ]));
  }

  /**
   * Each combination of fields that were changed since, over all field types.
   */
  public function testThreeWayByField(): void {
    $others = ['first' => (string) $this->article(['title' => 'First'])->id(), 'second' => (string) $this->article(['title' => 'Second'])->id()];
    $names = array_keys(self::FIELDS);
    // Deterministic, and each field is in each of three states several times.
    for ($seed = 0; $seed < 12; $seed++) {
      $run = $this->running($this->entity('writer'));
      $before = $after = $since = $expected = [];
      foreach ($names as $at => $name) {
        [, , $old, $new, $other] = self::FIELDS[$name];
        $before[$name] = $this->items($old, $others);
        if (($seed + $at) % 4 === 3) {
          continue;
        }
        $after[$name] = $this->items($new, $others);
        $isChanged = ($seed * 7 + $at * 3) % 5 < 2 && $other !== NULL;
        if ($isChanged) {
          $since[$name] = $this->items($other, $others);
        }
        $expected[$name] = $isChanged ? Verdict::Left : Verdict::Back;
      }
      $article = $this->article($before + ['title' => "Bread $seed"]);
      $this->accept($this->left($run, $article, self::simple($after)));
      if ($since !== []) {
        $this->edit($article, $since, 'published');
      }
      $run = $this->ended($run);
      $item = $this->plan($run);
      $found = array_column(array_map(static fn ($field): array => [$field->name, $field->verdict], $item->fields), 1, 0);
      ksort($expected);
      ksort($found);
      $this->assertSame($expected, $found, "seed $seed");

      $this->undo($run);
      $draft = $this->latest($article);
      $this->assertSame([(int) $this->editor->id(), 'draft', FALSE], [(int) $draft->getRevisionUserId(), $draft->get('moderation_state')->value, $draft->isDefaultRevision()], "seed $seed");
      foreach ($names as $name) {
        $wanted = $since[$name] ?? $before[$name];
        $this->assertEquals(array_map(array_filter(...), $wanted), array_map(array_filter(...), array_map(static fn (array $value): array => array_intersect_key($value, ['value' => 1, 'format' => 1, 'target_id' => 1]), $draft->get($name)->getValue())), "seed $seed, $name");
        $this->assertNotSame('', (string) $this->stored($article)->label());
      }
      // A second press finds nothing to do.
      $revision = (int) $draft->getRevisionId();
      $this->assertSame([], $this->undo($run));
      $this->assertSame($revision, (int) $this->latest($article)->getRevisionId());
    }
  }

  /**
   * A draft that waits is refused; nothing else happens.
   */
  public function testPendingDraftIsRefused(): void {
    $article = $this->article();
    $change = $this->left($this->run, $article);
    $done = $this->undo($this->ended());
    $this->assertCount(1, $done);
    $this->assertSame(Change::REJECTED, $this->reloaded($change)->getStatus());
    $this->assertSame('Bread', $this->latest($article)->label());
    $this->assertSame(1, $this->rows('audit', ['action' => 'undo', 'run' => $this->run->uuid()]));
  }

  /**
   * A draft that a person went on with is theirs, too.
   */
  public function testDraftThatSomebodyWentOnWithStays(): void {
    $article = $this->article();
    $change = $this->left($this->run, $article);
    $this->edit($article, ['field_line' => [['value' => 'Mine']]], 'draft');
    $item = $this->plan($this->ended());
    $this->assertSame([Deed::Leave, FALSE], [$item->deed, $item->isOpen()]);
    $this->assertStringContainsString('edith', $item->why);
    $this->assertSame([], $this->undo($this->run));
    $this->assertTrue($this->reloaded($change)->isPending());
  }

  /**
   * A text of which some passages were accepted goes back whole.
   */
  public function testPassagesThatWereAcceptedGoBack(): void {
    $old = '<p>One is here.</p><p>Two is there.</p><p>Three stays as it is.</p>';
    $new = '<p>One was here.</p><p>Two was there.</p><p>Three stays as it is.</p>';
    $article = $this->article(['field_text' => [['value' => $old, 'format' => 'rich']]]);
    $change = $this->left($this->run, $article, ['field_text' => (object) ['value' => $new, 'format' => 'rich']]);
    $this->accept($change, choice: new Choice(['field_text' => ['0:value' => [1]]], FALSE));
    $this->assertStringContainsString('One was here.</p><p>Two is there.', $this->stored($article)->get('field_text')->value);
    $this->assertSame([Verdict::Back], array_column($this->plan($this->ended())->fields, 'verdict'));
    $this->undo($this->run);
    $this->assertSame($old, $this->latest($article)->get('field_text')->value);
  }

  /**
   * A person's own words in the text let it stay.
   */
  public function testOwnWordsInATextStay(): void {
    $article = $this->article(['field_text' => [['value' => '<p>Bread is old.</p>', 'format' => 'rich']]]);
    $this->accept($this->left($this->run, $article, ['field_text' => (object) ['value' => '<p>Bread is fresh.</p>', 'format' => 'rich']]));
    $this->edit($article, ['field_text' => [['value' => '<p>Bread is fresh and good.</p>', 'format' => 'rich']]], 'published');
    $fields = $this->plan($this->ended())->fields;
    $this->assertSame([Verdict::Left], array_column($fields, 'verdict'));
    $this->assertStringContainsString('edith', $fields[0]->why);
  }

  /**
   * A draft of somebody else is gone on with, and not buried.
   */
  public function testDraftOfSomebodyElseIsKept(): void {
    $article = $this->article(['field_line' => [['value' => 'Rye']], 'field_number' => [['value' => 1]]]);
    $this->accept($this->left($this->run, $article, ['field_line' => 'Wheat', 'field_number' => 2]));
    $this->edit($article, ['title' => 'A title of mine', 'field_number' => [['value' => 7]]], 'draft');
    $this->undo($this->ended());
    $draft = $this->latest($article);
    $this->assertSame(['A title of mine', 'Rye', '7'], [$draft->label(), $draft->get('field_line')->value, (string) $draft->get('field_number')->value]);
  }

  /**
   * Drafts of a run that went on from one another go back as one.
   */
  public function testDraftsOfOneRunAreJoined(): void {
    $article = $this->article(['field_line' => [['value' => 'Rye']]]);
    $this->left($this->run, $article, ['title' => 'Once']);
    $this->left($this->run, $article, ['title' => 'Twice', 'field_line' => 'Wheat']);
    $changes = Change::loadMultiple();
    $this->accept(end($changes));
    $this->assertSame('Twice', $this->stored($article)->label());
    $this->undo($this->ended());
    $draft = $this->latest($article);
    $this->assertSame(['Bread', 'Rye'], [$draft->label(), $draft->get('field_line')->value]);
  }

  /**
   * Only the language of the change goes back.
   */
  public function testTranslations(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    \Drupal::service('content_translation.manager')->setEnabled('node', 'article', TRUE);
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    \Drupal::service('router.builder')->rebuild();
    $article = $this->article();
    $german = $article->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published']);
    $german->setNewRevision();
    $german->save();
    $this->accept($this->left($this->run, $article, ['title' => 'Roggenbrot'], 'de'));
    $this->edit($this->stored($article), ['title' => 'Better bread'], 'published');
    $this->undo($this->ended());
    $draft = $this->latest($article);
    $this->assertSame(['Brot', 'draft'], [$draft->getTranslation('de')->label(), $draft->getTranslation('de')->get('moderation_state')->value]);
    $this->assertSame(['Better bread', 'published'], [$draft->getTranslation('en')->label(), $draft->getTranslation('en')->get('moderation_state')->value]);
    $this->assertSame('Roggenbrot', $this->stored($article)->getTranslation('de')->label());
  }

  /**
   * Without a workflow the former values wait in a version nobody sees.
   */
  public function testUnmoderatedContent(): void {
    $page = $this->article(['type' => 'page', 'moderation_state' => NULL, 'field_line' => [['value' => 'Rye']]]);
    $this->left($this->run, $page, ['field_line' => 'Wheat']);
    $this->assertSame('Wheat', $this->stored($page)->get('field_line')->value);
    $this->assertTrue($this->plan($this->ended())->isHidden);
    $this->undo($this->run);
    $this->assertSame(['Wheat', TRUE], [$this->stored($page)->get('field_line')->value, $this->stored($page)->isPublished()]);
    $this->assertSame(['Rye', FALSE], [$this->latest($page)->get('field_line')->value, $this->latest($page)->isDefaultRevision()]);
    $this->assertSame([], $this->undo($this->run));
  }

  /**
   * What the run made goes as far as the person may.
   */
  public function testCreations(): void {
    $deleter = $this->deleter();
    foreach ([
      // The editor may archive, and not delete.
      [$this->editor, TRUE, NULL, Deed::Unpublish, FALSE],
      [$deleter, TRUE, NULL, Deed::Delete, NULL],
      [$this->editor, FALSE, NULL, Deed::Leave, FALSE],
      [$deleter, FALSE, NULL, Deed::Delete, NULL],
      [$deleter, TRUE, ['field_line' => [['value' => 'Mine']]], Deed::Leave, TRUE],
    ] as $number => [$who, $isPublished, $since, $deed, $isLive]) {
      $run = $this->running($this->entity('writer'));
      $change = $this->made($run, "Rolls $number");
      if ($isPublished) {
        $this->accept($change);
      }
      if ($since !== NULL) {
        $this->edit($change->getTarget(), $since, 'published');
      }
      $run = $this->ended($run);
      $this->assertSame($deed, $this->plan($run, $who)->deed, "case $number: {$this->plan($run, $who)->why}");
      $this->undo($run, $who);
      \Drupal::service('entity_type.manager')->getStorage('node')->resetCache();
      $this->assertSame($isLive, $this->reloaded($change)->getTarget()?->isPublished(), "case $number");
      $this->assertSame([], $this->undo($run, $who), "case $number, again");
    }
  }

  /**
   * What a person may not edit stays, and is said to.
   */
  public function testAccess(): void {
    $article = $this->article();
    $this->accept($this->left($this->run, $article));
    $this->role('onlooker', ['access content', 'review background agent drafts', 'view any background agent run']);
    $onlooker = $this->account('olga', 'onlooker');
    $item = $this->plan($this->ended(), $onlooker);
    $this->assertSame([Deed::Leave, 'You may not edit it.'], [$item->deed, $item->why]);
    $this->assertSame([], $this->undo($this->run, $onlooker));

    $this->role('publisher', ['access content', 'edit any article content', 'use editorial transition publish', 'review background agent drafts', 'view any background agent run', 'view latest version', 'view any unpublished content']);
    $this->assertStringContainsString('no transition', $this->plan($this->run, $this->account('paul', 'publisher'))->why);

    $this->expectException(ReviewRefused::class);
    $this->as($this->accountOf($this->entity('writer')), fn () => \Drupal::service(RunUndo::class)->undo($this->run));
  }

  /**
   * A value that is not allowed any more is not put back, and is said to be.
   */
  public function testFormerValueThatIsNotValid(): void {
    $gone = $this->article(['title' => 'Gone']);
    $article = $this->article(['field_related' => [['target_id' => $gone->id()]], 'field_line' => [['value' => 'Rye']]]);
    $this->accept($this->left($this->run, $article, ['field_related' => [], 'field_line' => 'Wheat']));
    $gone->delete();
    $item = $this->plan($this->ended());
    $verdicts = array_column(array_map(static fn ($field): array => [$field->name, $field->verdict], $item->fields), 1, 0);
    $this->assertSame(Verdict::Invalid, $verdicts['field_related'] ?? Verdict::Invalid);
    $this->undo($this->run);
    $this->assertSame(['Rye', 0], [$this->latest($article)->get('field_line')->value, count($this->latest($article)->get('field_related'))]);
  }

  /**
   * What changed after the page was made is not done, and is told.
   */
  public function testTwoAtOnce(): void {
    $article = $this->article();
    $this->accept($this->left($this->run, $article));
    $run = $this->ended();
    $item = $this->plan($run);
    $service = \Drupal::service(RunUndo::class);
    $other = $this->deleter();
    $first = $this->as($other, fn () => $service->undoItem($run, $item->key, $this->plan($run, $other)->digest(), ''));
    $second = $this->as($this->editor, fn () => $service->undoItem($run, $item->key, $item->digest(), ''));
    $this->assertSame([TRUE, FALSE], [$first->isDone, $second->isDone]);
    $this->assertSame((int) $other->id(), (int) $this->latest($article)->getRevisionUserId());

    $changed = $this->article(['title' => 'Other']);
    $next = $this->running($this->entity('writer'));
    $this->accept($this->left($next, $changed));
    $next = $this->ended($next);
    $digest = $this->plan($next)->digest();
    $this->edit($changed, ['title' => 'Of a person'], 'published');
    $late = $this->as($this->editor, fn () => $service->undoItem($next, $this->plan($next)->key, $digest, ''));
    $this->assertFalse($late->isDone);
    $this->assertSame('Of a person', $this->latest($changed)->label());
  }

  /**
   * Others are told once, after all of it.
   */
  public function testEvent(): void {
    $told = [];
    \Drupal::service('event_dispatcher')->addListener(RunUndoneEvent::class, static function (RunUndoneEvent $event) use (&$told): void {
      $told[] = [$event->uid, count($event->undone), count($event->left)];
    });
    $this->accept($this->left($this->run, $this->article()));
    $kept = $this->article(['title' => 'Other']);
    $this->accept($this->left($this->run, $kept, ['title' => 'Of the agent']));
    $this->edit($kept, ['title' => 'Of a person'], 'published');
    $this->undo($this->ended());
    $this->undo($this->run);
    \Drupal::service(DecisionListeners::class)->destruct();
    $this->assertSame([[(int) $this->editor->id(), 1, 1]], $told);
  }

  private function deleter(): UserInterface {
    $this->role('deleter', [...self::EDITOR, 'delete any article content', 'view any background agent run', 'use text format rich']);
    return $this->account('dora', 'deleter');
  }

  /**
   * An article that a run makes.
   */
  private function made(Run $run, string $title): Change {
    $node = $this->inRun($run, function () use ($title): NodeInterface {
      $node = \Drupal::entityTypeManager()->getStorage('node')->create(['type' => 'article', 'title' => $title]);
      $node->save();
      return $node;
    });
    $found = \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['target_id' => $node->id(), 'operation' => 'create']);
    return reset($found);
  }

  /**
   * The editor saves a version.
   */
  private function edit(NodeInterface $node, array $values, string $state): void {
    $this->as($this->editor, function () use ($node, $values, $state): void {
      $revision = \Drupal::entityTypeManager()->getStorage('node')->createRevision($this->latest($node));
      foreach ($values + ['moderation_state' => $state] as $name => $value) {
        $revision->set($name, $value);
      }
      $revision->setRevisionUserId($this->editor->id())->save();
    });
    \Drupal::service('Drupal\background_agents\Draft\EditorDecisions')->destruct();
  }

  private function ended(?Run $run = NULL): Run {
    $run ??= $this->run;
    $run->set('state', 'completed')->set('uid', $this->editor->id())->save();
    $this->grant();
    return $run;
  }

  private function grant(): void {
    \Drupal::entityTypeManager()->getStorage('user_role')->load('editor')->grantPermission('view own background agent runs')->save();
  }

  private function plan(Run $run, ?UserInterface $who = NULL): PlannedItem {
    $items = $this->as($who ?? $this->editor, static fn () => \Drupal::service(RunUndo::class)->plan($run))->items;
    $this->assertCount(1, $items);
    return reset($items);
  }

  private function undo(Run $run, ?UserInterface $who = NULL): array {
    return $this->as($who ?? $this->editor, static fn (): array => \Drupal::service(RunUndo::class)->undo($run));
  }

  private function entity(string $agent): object {
    return \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load($agent);
  }

  private function items(array $items, array $others): array {
    return array_map(static fn (array $item): array => isset($item['target_id']) ? ['target_id' => $others[$item['target_id']]] : $item, $items);
  }

  /**
   * Values as agents send them.
   */
  private static function simple(array $fields): array {
    $simple = [];
    foreach ($fields as $name => $items) {
      $isList = self::FIELDS[$name][1] !== 1;
      $values = array_map(static fn (array $item): mixed => match (TRUE) {
        isset($item['format']) => (object) $item,
        isset($item['target_id']) => (object) ['target_uuid' => Node::load($item['target_id'])->uuid()],
        default => $item['value'],
      }, $items);
      $simple[$name] = $isList ? $values : $values[0];
    }
    return $simple;
  }

}
