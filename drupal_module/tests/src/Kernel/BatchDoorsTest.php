<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchAccess;
use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Batch\Estimator;
use Drupal\background_agents\Batch\ItemFilter;
use Drupal\background_agents\Batch\ItemQuery;
use Drupal\background_agents\Batch\Selection;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\Batch\BatchStartForm;
use Drupal\background_agents\Form\Batch\RunOverForm;
use Drupal\background_agents\Plugin\Action\RunAgent;
use Drupal\Core\Form\FormState;
use Drupal\node\NodeInterface;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * How batches are asked for: which content, by whom, for what cost.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class BatchDoorsTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['taxonomy'];

  private Agent $agent;

  private UserInterface $person;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->installEntitySchema('taxonomy_term');
    $this->agent = $this->agent();
    $this->role('editor', ['access content', 'edit any article content', 'run writer background agent']);
    $this->person = $this->account('editor', 'editor');
    \Drupal::currentUser()->setAccount($this->person);
  }

  /**
   * The database leaves out what the person may not see.
   */
  public function testWhatOneSees(): void {
    $this->role('owner', ['access content', 'view own unpublished content']);
    $this->role('chief', ['access content', 'view any unpublished content']);
    $this->role('nobody', ['view any unpublished content']);
    $owner = $this->account('owner', 'owner');
    $articles = [
      $this->article()->id(),
      $this->article(['moderation_state' => 'draft'])->id(),
      $this->article(['moderation_state' => 'draft', 'uid' => $owner->id()])->id(),
    ];
    $all = new ItemFilter('node', ['article']);
    $this->assertSame([$articles[0]], $this->found($all));
    $this->person = $owner;
    $this->assertSame([$articles[0], $articles[2]], $this->found($all));
    $this->person = $this->account('chief', 'chief');
    $this->assertSame($articles, $this->found($all));
    $this->assertSame([$articles[1], $articles[2]], $this->found(new ItemFilter('node', ['article'], isPublished: FALSE)));
    $this->person = $this->account('nobody', 'nobody');
    $this->assertSame([], $this->found($all));
  }

  /**
   * Types, languages, fields, terms, and what was chosen.
   */
  public function testFilters(): void {
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    $term = Term::create(['vid' => 'tags', 'name' => 'Bread']);
    $term->save();
    foreach (['body' => ['text_with_summary', []], 'field_tags' => ['entity_reference', ['target_type' => 'taxonomy_term']]] as $name => [$type, $settings]) {
      $this->field($name, $type, storage: $settings, values: ['label' => $name]);
    }
    $with = $this->article(['body' => ['value' => 'x', 'summary' => 'y', 'format' => 'plain_text'], 'field_tags' => [$term->id()]]);
    $without = $this->article(['body' => ['value' => 'x', 'summary' => '', 'format' => 'plain_text']]);
    $page = $this->article(['type' => 'page']);
    $ids = static fn (NodeInterface ...$nodes): array => array_map(static fn (NodeInterface $node): string => $node->id(), $nodes);
    $this->assertSame($ids($without), $this->found(new ItemFilter('node', ['article', 'page'], emptyField: 'body.summary')));
    $this->assertSame([], $this->found(new ItemFilter('node', ['article'], emptyField: 'body')));
    $this->assertSame([], $this->found(new ItemFilter('node', ['article'], emptyField: 'no_such')));
    $this->assertSame($ids($with), $this->found(new ItemFilter('node', ['article'], term: (int) $term->id())));
    $this->assertSame($ids($with, $without, $page), $this->found(new ItemFilter('node', ['article', 'page'], ['en'])));
    $this->assertSame([], $this->found(new ItemFilter('node', ['article'], ['de'])));
    $this->assertSame([], $this->found(new ItemFilter('node', [])));
    $this->assertSame([], $this->found(new ItemFilter('node', ['article'], changedSince: 2000000000)));
    $chosen = [[$page->id(), 'en'], [$without->id(), 'en'], [$with->id(), 'de'], ['999', 'en']];
    $items = \Drupal::service(ItemQuery::class)->find(new ItemFilter('node', ['article'], chosen: $chosen), $this->person, 10);
    $this->assertSame(["node:{$without->id()}:en"], array_map(static fn (BatchItem $item): string => $item->key(), $items));
  }

  /**
   * From the list of content: chosen, asked, started once for two clicks.
   */
  public function testFromTheList(): void {
    $articles = [$this->article(), $this->article(), $this->article(['moderation_state' => 'draft'])];
    $page = $this->article(['type' => 'page']);
    $action = \Drupal::service('plugin.manager.action')->createInstance('background_agents_run:node');
    $this->assertInstanceOf(RunAgent::class, $action);
    $this->assertTrue($action->access($articles[0], $this->person));
    $this->assertFalse($action->access($articles[0], $this->accountOf($this->agent)));
    $action->executeMultiple([...$articles, $page]);
    $html = $this->page();
    $this->assertStringContainsString('Start 2 runs', $html);
    $this->assertStringContainsString('1 item is left out: the agent may not work on content of this type or in this language.', $html);
    $this->assertStringContainsString('1 item is left out: you may not see it.', $html);
    $this->assertStringContainsString('no run of this agent has ended yet', $html);
    $values = ['key' => 'clicked'];
    $this->assertSame([], $this->submit($values));
    $this->assertSame([], $this->submit($values));
    $this->assertSame([1, 2], [$this->rows('batch'), $this->rows('batch_item', ['state' => 'waiting'])]);
    $this->assertSame(1, $this->rows('audit', ['action' => 'batch_start', 'uid' => $this->person->id()]));
    // What was shown is what is started.
    $this->assertNotSame([], $this->submit(['key' => 'later', 'shown' => 'something else']));
    $this->assertSame(1, $this->rows('batch'));
  }

  /**
   * Too many are refused with a sentence; none, too; and a disabled agent.
   */
  public function testRefused(): void {
    $this->assertStringContainsString('No content is chosen.', $this->page());
    \Drupal::service(Selection::class)->keep('node', array_fill(0, 10000, ['1', 'en']));
    $html = $this->page();
    $this->assertStringContainsString('You have chosen 10,000 items; an agent is run over 5,000 at a time.', $html);
    $this->assertStringNotContainsString('Start', $html);
    \Drupal::service(Selection::class)->keep('node', [[$this->article()->id(), 'en']]);
    $this->agent->setStatus(FALSE)->save();
    $this->assertStringContainsString('There is no active agent', $this->page());
    $this->agent->setStatus(TRUE)->set('definition', ['input_schema' => '{"type": "object", "properties": {"tone": {"type": "string", "maxLength": 3}}, "required": ["tone"]}'] + $this->agent->getDefinition())->save();
    $this->assertNotSame([], $this->submit(['input' => ['tone' => 'serious']]));
    $this->assertSame([], $this->submit(['input' => ['tone' => 'dry']]));
    $this->assertSame('{"tone":"dry"}', \Drupal::database()->query('SELECT input FROM {background_agents_batch}')->fetchField());
  }

  /**
   * By filters: the page that starts it says how many there were.
   */
  public function testRunOver(): void {
    $articles = array_map(fn (): NodeInterface => $this->article(), range(1, 5));
    $state = (new FormState())->addBuildInfo('args', [$this->agent])->setValues(['kind' => 'node.article', 'published' => '1', 'most' => 3]);
    \Drupal::formBuilder()->submitForm(RunOverForm::class, $state);
    $this->assertSame([], $state->getErrors());
    $selection = \Drupal::service(Selection::class)->get();
    $this->assertSame([3, 5], [$selection['count'], $selection['found']]);
    $this->assertSame($articles[4]->id(), $selection['items'][0][0]);
    $this->assertStringContainsString('5 items fit; these are the 3 that were changed last.', $this->page());
    $none = (new FormState())->addBuildInfo('args', [$this->agent])->setValues(['kind' => 'node.article', 'since' => '2033-01-01', 'most' => 3]);
    \Drupal::formBuilder()->submitForm(RunOverForm::class, $none);
    $this->assertCount(1, $none->getErrors());
  }

  /**
   * The estimate comes from runs that did something.
   */
  public function testEstimate(): void {
    $ended = ['state' => 'completed', 'steps' => 2];
    $this->running($this->agent, $ended + ['cost_micros' => 10000, 'driven_seconds' => 10]);
    $this->running($this->agent, $ended + ['cost_micros' => 30000, 'driven_seconds' => 20]);
    $this->running($this->agent, ['state' => 'failed', 'steps' => 0]);
    $this->running($this->agent, ['cost_micros' => 5000000, 'steps' => 1]);
    $average = \Drupal::service(Estimator::class)->of('writer');
    $this->assertSame([2, 20000.0, 15.0], [$average->runs, $average->cost, $average->seconds]);
    $this->assertNull(\Drupal::service(Estimator::class)->of('other'));
    \Drupal::service(Selection::class)->keep('node', [[$this->article()->id(), 'en'], [$this->article()->id(), 'en']]);
    $this->agent->set('binding', ['limits' => ['cost_micros_per_day' => 30000]] + $this->agent->getBinding())->save();
    $html = $this->page();
    $this->assertStringContainsString('About 0.0400 US dollars: 0.0200 US dollars for each run, as its last 2 runs were on average.', $html);
    $this->assertStringContainsString('When it is used up, the batch waits', $html);
  }

  /**
   * A batch of somebody else: for who looks after runs, and never for agents.
   */
  public function testAccess(): void {
    $batch = $this->batch();
    $access = \Drupal::service(BatchAccess::class);
    $may = static fn (UserInterface $account): array => [$access->view($batch->id, $account)->isAllowed(), $access->manage($batch->id, $account)->isAllowed()];
    $this->role('viewer', ['view any background agent run']);
    $this->role('manager', ['manage any background agent run', 'view any background agent run']);
    $this->assertSame([TRUE, TRUE], $may($this->person));
    $this->assertSame([FALSE, FALSE], $may($this->account('other', 'editor')));
    $this->assertSame([TRUE, FALSE], $may($this->account('viewer', 'viewer')));
    $this->assertSame([TRUE, TRUE], $may($this->account('manager', 'manager')));
    $this->assertSame([FALSE, FALSE], $may($this->account('careless', 'writer', 'manager')));
    $run = $this->running($this->agent);
    $this->assertSame([FALSE, FALSE], $this->inRun($run, fn (): array => $may($this->person)));
    $this->assertFalse($access->view($batch->id + 1, $this->person)->isAllowed());
  }

  private function batch(): Batch {
    $article = $this->article();
    $batch = \Drupal::service(BatchMaker::class)->make($this->agent, (int) $this->person->id(), [new BatchItem('node', (string) $article->id(), 'en', 'Bread')], new \stdClass(), NULL, 'test');
    $this->assertNotNull(\Drupal::service(BatchStore::class)->load($batch->id));
    return $batch;
  }

  /**
   * Ids of what a filter finds, in order of their numbers.
   *
   * @return string[]
   *   Ids.
   */
  private function found(ItemFilter $filter): array {
    $query = \Drupal::service(ItemQuery::class);
    $ids = array_map(static fn (BatchItem $item): string => $item->id, $query->find($filter, $this->person, 100));
    $this->assertSame(count($ids), $query->count($filter, $this->person));
    sort($ids);
    return $ids;
  }

  private function page(): string {
    $form = \Drupal::formBuilder()->getForm(BatchStartForm::class);
    return (string) \Drupal::service('renderer')->renderInIsolation($form);
  }

  /**
   * Presses the button.
   *
   * @return array<string, mixed>
   *   The errors.
   */
  private function submit(array $values): array {
    $state = (new FormState())->setValues($values);
    \Drupal::formBuilder()->submitForm(BatchStartForm::class, $state);
    \Drupal::messenger()->deleteAll();
    return $state->getErrors();
  }

}
