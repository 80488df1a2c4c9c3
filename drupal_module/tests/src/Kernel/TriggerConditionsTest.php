<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Install\TriggerUpdate;
use Drupal\background_agents\Trigger\TriggerProcessor;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\filter\Entity\FilterFormat;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * A content trigger starts its agent when its fields change and it is met.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class TriggerConditionsTest extends AgentsKernelTestBase {

  use TurnedTime;

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['taxonomy', 'content_translation'];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->installEntitySchema('taxonomy_term');
    $this->installConfig(['content_translation']);
    FilterFormat::create(['format' => 'rich', 'name' => 'Rich'])->save();
    $this->field('body', 'text_long', cardinality: -1);
    $this->field('field_note', 'string', cardinality: -1);
    $this->agent();
    $this->role('editor', ['access content']);
    $this->role('importer', ['access content']);
  }

  /**
   * Words count, not what editors make of them; new items are all new.
   */
  public function testChangedFields(): void {
    $this->trigger(['fields' => ['body']]);
    $node = $this->article(['body' => ['value' => '<p>Bread is <b>baked</b>.</p>', 'format' => 'rich']]);
    $this->assertSame(1, $this->newRuns(), 'A new item: all fields are new.');
    $this->change($node, ['title' => 'Other title']);
    $this->assertSame(0, $this->newRuns(), 'Another field changed.');
    $this->change($node, ['body' => ['value' => "<p>Bread is <strong>baked</strong>.</p>\r\n", 'format' => 'rich']]);
    $this->assertSame(0, $this->newRuns(), 'An editor wrote the same in another way.');
    $this->change($node, ['body' => ['value' => '<p>Bread is <b>burnt</b>.</p>', 'format' => 'rich']]);
    $this->assertSame(1, $this->newRuns());
  }

  /**
   * A draft and its publishing: with published ones, what visitors saw counts.
   */
  public function testDraftsAndVisitors(): void {
    $this->trigger(['fields' => ['field_note']], 'live');
    $this->trigger(['fields' => ['field_note'], 'revisions' => 'any'], 'any');
    $node = $this->article(['field_note' => 'one']);
    $this->assertSame(2, $this->newRuns());
    $this->change($node, ['field_note' => 'two', 'moderation_state' => 'draft']);
    $this->assertSame(['any'], $this->newTriggers(), 'Drafts are no published revisions.');
    $this->change($this->latest($node), ['title' => 'Other', 'moderation_state' => 'draft']);
    $this->assertSame([], $this->newTriggers());
    $this->change($this->latest($node), ['moderation_state' => 'published']);
    $this->assertSame(['live'], $this->newTriggers(), 'The draft changed nothing any more, but visitors see something new.');
  }

  /**
   * Each language has its own changes.
   */
  public function testTranslations(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    \Drupal::service('content_translation.manager')->setEnabled('node', 'article', TRUE);
    $this->trigger(['fields' => ['field_note']]);
    $node = $this->article(['field_note' => 'one']);
    $this->newRuns();
    $german = $node->addTranslation('de', ['title' => 'Brot', 'field_note' => 'one', 'moderation_state' => 'published']);
    $german->save();
    $this->assertSame(1, $this->newRuns(), 'A new translation: all fields are new.');
    $this->change($this->stored($node)->getTranslation('de'), ['title' => 'Brote']);
    $this->assertSame(0, $this->newRuns());
    $this->change($this->stored($node)->getTranslation('de'), ['field_note' => 'eins']);
    $this->assertSame('de', $this->newest('target_langcode'));
    $this->change($this->stored($node), ['title' => 'Loaf']);
    $this->assertSame(0, $this->newRuns(), 'The other language has not changed.');
  }

  /**
   * From one state to another one.
   */
  public function testStates(): void {
    $this->trigger(['conditions' => [['kind' => 'state', 'from' => ['draft'], 'to' => ['published']]]], 'publishing');
    $this->trigger(['revisions' => 'any', 'conditions' => [['kind' => 'state', 'from' => [], 'to' => ['draft']]]], 'drafting');
    $node = $this->article();
    $this->assertSame([], $this->newTriggers(), 'What is new was no draft.');
    $this->change($node, ['moderation_state' => 'draft']);
    $this->assertSame(['drafting'], $this->newTriggers());
    $this->change($this->latest($node), ['title' => 'Again', 'moderation_state' => 'draft']);
    $this->assertSame([], $this->newTriggers(), 'It was a draft already.');
    $this->change($this->latest($node), ['moderation_state' => 'published']);
    $this->assertSame(['publishing'], $this->newTriggers());
    $this->change($this->latest($node), ['title' => 'Live']);
    $this->assertSame([], $this->newTriggers());
  }

  /**
   * What is not moderated is published, or not.
   */
  public function testStateWithoutWorkflow(): void {
    $this->trigger(['bundles' => ['page'], 'conditions' => [['kind' => 'state', 'from' => ['unpublished'], 'to' => ['published']]]]);
    $page = Node::create(['type' => 'page', 'title' => 'About', 'status' => 0]);
    $page->save();
    $this->change($this->stored($page), ['status' => 1]);
    $this->assertSame(1, $this->newRuns());
    $this->change($this->stored($page), ['title' => 'About us']);
    $this->assertSame(0, $this->newRuns());
  }

  /**
   * Who saves, and who wrote it.
   */
  public function testRoles(): void {
    $this->trigger(['conditions' => [['kind' => 'role', 'who' => 'saver', 'has' => FALSE, 'roles' => ['importer']]]], 'by_people');
    $this->trigger(['conditions' => [['kind' => 'role', 'who' => 'author', 'has' => TRUE, 'roles' => ['editor']]]], 'of_editors');
    $editor = $this->account('anna', 'editor');
    $importer = $this->account('import', 'importer');
    $this->as($importer, fn () => $this->article(['uid' => $editor->id()]));
    $this->assertSame(['of_editors'], $this->newTriggers());
    $this->as($editor, fn () => $this->article(['uid' => $importer->id()]));
    $this->assertSame(['by_people'], $this->newTriggers());
    $this->as($importer, fn () => $this->article(['uid' => $importer->id()]));
    $this->assertSame([], $this->newTriggers());
  }

  /**
   * What a field holds.
   */
  public function testFieldValues(): void {
    foreach (['empty' => '', 'filled' => '', 'equals' => 'one', 'differs' => 'one'] as $test => $value) {
      $this->trigger(['conditions' => [['kind' => 'field', 'field' => 'field_note', 'test' => $test, 'value' => $value]]], $test);
    }
    $this->trigger(['conditions' => [['kind' => 'field', 'field' => 'body', 'test' => 'empty', 'value' => '']]], 'no_text');
    $this->trigger(['conditions' => [['kind' => 'field', 'field' => 'field_gone', 'test' => 'empty', 'value' => '']]], 'gone');
    $this->article(['body' => ['value' => "<p>&nbsp;</p>\n", 'format' => 'rich']]);
    $this->assertSame(['differs', 'empty', 'no_text'], $this->newTriggers());
    $this->article(['field_note' => 'one', 'body' => ['value' => '<p>Text</p>', 'format' => 'rich']]);
    $this->assertSame(['equals', 'filled'], $this->newTriggers());
    $this->article(['field_note' => 'two', 'body' => ['value' => '<img src="/a.png">', 'format' => 'rich']]);
    $this->assertSame(['differs', 'filled'], $this->newTriggers());
  }

  /**
   * Whether a term is referenced.
   */
  public function testTerms(): void {
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    $terms = [];
    foreach (['Rye', 'Wheat'] as $name) {
      $terms[$name] = Term::create(['vid' => 'tags', 'name' => $name]);
      $terms[$name]->save();
    }
    $this->field('field_tags', 'entity_reference', cardinality: -1, storage: ['target_type' => 'taxonomy_term']);
    $trigger = $this->trigger(['conditions' => [['kind' => 'term', 'has' => TRUE, 'terms' => [$terms['Rye']->uuid()]]]], 'rye');
    $this->trigger(['conditions' => [['kind' => 'term', 'has' => FALSE, 'terms' => [$terms['Rye']->uuid()]]]], 'no_rye');
    $this->assertContains('taxonomy_term:tags:' . $terms['Rye']->uuid(), $trigger->getDependencies()['content']);
    $this->assertContains('taxonomy', $trigger->getDependencies()['module']);
    $this->article(['field_tags' => [$terms['Wheat']->id(), $terms['Rye']->id()]]);
    $this->assertSame(['rye'], $this->newTriggers());
    $this->article(['field_tags' => [$terms['Wheat']->id()]]);
    $this->assertSame(['no_rye'], $this->newTriggers());
  }

  /**
   * Saves that are waited for: fields of all of them, content of the last one.
   */
  public function testFolds(): void {
    $this->trigger(['fields' => ['field_note', 'body']], 'together', 60);
    $this->trigger(['conditions' => [['kind' => 'field', 'field' => 'body', 'test' => 'empty', 'value' => '']]], 'still_empty', 60);
    $this->trigger(['fields' => ['field_note'], 'conditions' => [['kind' => 'role', 'who' => 'saver', 'has' => FALSE, 'roles' => ['importer']]]], 'by_people', 60);
    $importer = $this->account('import', 'importer');
    $node = $this->as($importer, fn () => $this->article());
    $this->assertSame(0, $this->newRuns());
    $this->clock->now += 61;
    $this->assertSame(['still_empty', 'together'], $this->newTriggers());
    // A named field, then another one, then none; the text is filled at last.
    $this->as($importer, fn () => $this->change($node, ['field_note' => 'one']));
    $this->clock->now += 30;
    $this->change($this->stored($node), ['title' => 'Loaf', 'body' => ['value' => 'Text', 'format' => 'rich']]);
    $this->clock->now += 30;
    $this->change($this->stored($node), ['title' => 'Roll']);
    $this->assertSame(0, $this->newRuns(), 'Each save puts it off.');
    $this->clock->now += 61;
    $this->assertSame(['together'], $this->newTriggers(), 'The importer changed the note, and the text is there now.');
    $this->assertSame((string) $this->latest($node)->getRevisionId(), $this->newest('target_revision'));
    $this->assertSame(0, $this->rows('trigger_log'));
  }

  /**
   * What is deleted with its configuration never makes a trigger mean more.
   */
  public function testDeletedConfiguration(): void {
    $byField = $this->trigger(['fields' => ['field_note']], 'by_field');
    $byValue = $this->trigger(['conditions' => [['kind' => 'field', 'field' => 'field_note', 'test' => 'empty', 'value' => '']]], 'by_value');
    $byRole = $this->trigger(['conditions' => [['kind' => 'role', 'who' => 'saver', 'has' => TRUE, 'roles' => ['editor', 'importer']]]], 'by_role');
    $this->assertContains('field.storage.node.field_note', $byField->getDependencies()['config']);
    $this->assertContains('user.role.editor', $byRole->getDependencies()['config']);
    FieldStorageConfig::loadByName('node', 'field_note')->delete();
    \Drupal::entityTypeManager()->getStorage('user_role')->load('editor')->delete();
    $this->assertFalse(Trigger::load($byField->id())->status());
    $this->assertFalse(Trigger::load($byValue->id())->status());
    $this->assertTrue(Trigger::load($byRole->id())->status());
    $this->assertSame(['importer'], Trigger::load($byRole->id())->getSettings()['conditions'][0]['roles']);
    \Drupal::entityTypeManager()->getStorage('user_role')->load('importer')->delete();
    $this->assertFalse(Trigger::load($byRole->id())->status());
  }

  /**
   * A trigger of an older release goes on, before and after the update.
   */
  public function testUpdate(): void {
    $this->trigger(['bundles' => ['article']]);
    $config = \Drupal::configFactory()->getEditable('background_agents.trigger.trigger');
    $former = array_diff_key($config->get('settings'), ['fields' => 0, 'conditions' => 0]);
    $config->set('settings', $former)->save(TRUE);
    $this->article();
    $this->assertSame(1, $this->newRuns());
    for ($time = 0; $time < 2; $time++) {
      (new TriggerUpdate(\Drupal::configFactory()))->conditions();
      $this->assertEquals($former + ['fields' => [], 'conditions' => []], \Drupal::config('background_agents.trigger.trigger')->get('settings'));
    }
    \Drupal::entityTypeManager()->getStorage('background_agents_trigger')->resetCache();
    $this->assertCount(0, Trigger::load('trigger')->getTypedData()->validate());
    $this->article();
    $this->assertSame(1, $this->newRuns());
  }

  private function trigger(array $settings = [], string $id = 'trigger', int $debounce = 0): Trigger {
    $trigger = Trigger::create([
      'id' => $id,
      'label' => $id,
      'agent' => 'writer',
      'type' => 'content',
      'settings' => $settings + Trigger::CONTENT_SETTINGS,
      'debounce' => $debounce,
    ]);
    $this->assertSame([], array_map(static fn ($violation): string => $violation->getPropertyPath() . ': ' . $violation->getMessage(), iterator_to_array($trigger->getTypedData()->validate())));
    $trigger->save();
    return $trigger;
  }

  private function change(NodeInterface $node, array $values): void {
    foreach ($values as $name => $value) {
      $node->set($name, $value);
    }
    $node->save();
  }

  /**
   * Promotes what is due, and counts the runs that were made of it.
   */
  private function newRuns(): int {
    return count($this->newTriggers());
  }

  /**
   * The triggers whose runs were made of what is due.
   *
   * @return string[]
   *   Their ids, sorted.
   */
  private function newTriggers(): array {
    $last = (int) \Drupal::database()->query('SELECT MAX(id) FROM {background_agents_run}')->fetchField();
    \Drupal::service(TriggerProcessor::class)->process();
    return \Drupal::database()->query('SELECT trigger_id FROM {background_agents_run} WHERE id > :last ORDER BY trigger_id', [':last' => $last])->fetchCol();
  }

  /**
   * A column of the run that is made of what is due.
   */
  private function newest(string $column): string {
    \Drupal::service(TriggerProcessor::class)->process();
    return (string) \Drupal::database()->query("SELECT $column FROM {background_agents_run} ORDER BY id DESC LIMIT 1")->fetchField();
  }

}
