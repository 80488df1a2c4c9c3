<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Install\DraftListUpdate;
use Drupal\background_agents\Review\Diff\StoredDifferences;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Ui\DraftSentence;
use Drupal\Component\Serialization\Yaml;
use Drupal\Core\Database\Database;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\views\Entity\View;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The list of drafts: its sentences, its upgrade, what it costs.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DraftListTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['taxonomy', 'views'];

  private const string FILE = __DIR__ . '/../../../config/optional/views.view.background_agents_drafts.yml';

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->installEntitySchema('taxonomy_term');
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    $this->field('tags', 'entity_reference', cardinality: -1, storage: ['target_type' => 'taxonomy_term']);
    $this->field('text', 'text_with_summary');
    $this->role('viewer', ['access content', 'edit any article content', 'use editorial transition publish', 'review background agent drafts']);
  }

  /**
   * One plain sentence for each kind of draft; a label is never markup.
   */
  public function testSentences(): void {
    $tag = Term::create(['vid' => 'tags', 'name' => 'Navigation & <b>more</b>']);
    $tag->save();
    $text = static fn (string $value, string $summary = ''): array => [['value' => $value, 'summary' => $summary, 'format' => 'plain_text']];
    $cases = [
      '3 words changed in Text' => [['text' => $text('One two three four')], ['text' => $text('One 2 3 4')]],
      'Adds a summary to Text' => [['text' => $text('One')], ['text' => $text('One', 'In short')]],
      'Fills in Text' => [['text' => []], ['text' => $text('One')]],
      'Adds “Navigation &amp; &lt;b&gt;more&lt;/b&gt;” to Tags' => [['tags' => [['target_id' => '77']]], ['tags' => [['target_id' => '77'], ['target_id' => $tag->id()]]]],
      'Removes 2 items from Tags' => [['tags' => [['target_id' => 1], ['target_id' => 2], ['target_id' => 3]]], ['tags' => [['target_id' => 1]]]],
      'Adds 1 item to Tags' => [['tags' => [['target_id' => 1]]], ['tags' => [['target_id' => 1], ['target_id' => 404]]]],
      '2 fields changed: Title, Text' => [['title' => [['value' => 'A']], 'text' => $text('One')], ['title' => [['value' => 'B']], 'text' => $text('Two')]],
    ];
    $viewer = $this->account('viewer', 'viewer');
    foreach ($cases as $sentence => [$before, $after]) {
      $change = $this->change(['differences' => \Drupal::service(StoredDifferences::class)->json('node', 'article', FALSE, $before, $after)]);
      $this->assertSame($sentence, (string) $this->as($viewer, static fn () => \Drupal::service(DraftSentence::class)->of($change)));
    }
    $this->assertSame('New content: Article', (string) \Drupal::service(DraftSentence::class)->of($this->change(['operation' => 'create'])));
    $this->assertNull(\Drupal::service(DraftSentence::class)->of($this->change(['differences' => NULL])));
  }

  /**
   * A long list costs as many queries as a short one.
   */
  public function testQueriesOfTheList(): void {
    \Drupal::service('router.builder')->rebuild();
    $viewer = $this->account('viewer', 'viewer');
    $this->article();
    $add = function (int $number): void {
      for ($n = 0; $n < $number; $n++) {
        $tag = Term::create(['vid' => 'tags', 'name' => "Tag $n"]);
        $tag->save();
        $this->change(['differences' => json_encode([['field' => 'tags', 'kind' => 'adds', 'count' => 1, 'items' => [$tag->id()]]])]);
      }
    };
    $add(2);
    $this->queries($viewer);
    $few = $this->queries($viewer);
    $add(38);
    $this->assertSame($few, $this->queries($viewer));
  }

  /**
   * A view as it was shipped is replaced; one that was changed is left.
   */
  public function testUpgradeOfTheView(): void {
    $former = Yaml::decode((string) gzdecode((string) file_get_contents(__DIR__ . '/../../fixtures/update/views.view.background_agents_drafts.65684c9.yml.gz')));
    $update = new DraftListUpdate(\Drupal::entityTypeManager(), \Drupal::service(StoredDifferences::class), \Drupal::database());
    View::load(DraftListPage::VIEW)->delete();
    $this->assertTrue($update->view(self::FILE), 'There is no view, so there is nothing to say.');
    View::create($former)->save();
    $this->assertTrue($update->view(self::FILE));
    $given = Yaml::decode((string) file_get_contents(self::FILE));
    $this->assertSame(DraftListUpdate::print($given), DraftListUpdate::print(View::load(DraftListPage::VIEW)->toArray()));
    $this->assertTrue($update->view(self::FILE), 'It may be run again.');

    View::load(DraftListPage::VIEW)->delete();
    $former['display']['default']['display_options']['title'] = 'Ours';
    View::create($former)->save();
    $this->assertFalse($update->view(self::FILE));
    $this->assertSame('Ours', View::load(DraftListPage::VIEW)->getDisplay('default')['display_options']['title']);
  }

  /**
   * Older drafts get their sentences from what was kept of them.
   */
  public function testUpgradeOfDrafts(): void {
    $values = json_encode(['before' => ['title' => [['value' => 'A']]], 'after' => ['title' => [['value' => 'B']]]]);
    for ($n = 0; $n < 120; $n++) {
      $this->change(['own_values' => $values]);
    }
    $without = $this->change([]);
    $update = new DraftListUpdate(\Drupal::entityTypeManager(), \Drupal::service(StoredDifferences::class), \Drupal::database());
    $sandbox = [];
    $times = 0;
    do {
      $update->differences($sandbox);
    } while ($sandbox['#finished'] < 1 && ++$times < 10);
    $this->assertSame([$without->id()], array_values(\Drupal::entityQuery('background_agents_change')->accessCheck(FALSE)->notExists('differences')->execute()));
  }

  private function change(array $values): Change {
    $run = $this->running(Agent::load('writer') ?? $this->agent());
    $change = Change::create($values + [
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => '00000000-0000-4000-8000-000000000000',
      'target_id' => 1,
      'target_langcode' => 'en',
      'target_label' => 'Bread',
      'moderation_state' => 'draft',
      'operation' => 'revise',
      'status' => Change::PENDING,
    ]);
    $change->save();
    return Change::load($change->id());
  }

  /**
   * How many queries the list makes, its pager included.
   */
  private function queries(mixed $viewer): int {
    return $this->as($viewer, static function (): int {
      foreach (['background_agents_change', 'background_agents_run', 'taxonomy_term'] as $type) {
        \Drupal::entityTypeManager()->getStorage($type)->resetCache();
        \Drupal::entityTypeManager()->getAccessControlHandler($type)->resetCache();
      }
      $key = uniqid('list');
      Database::startLog($key);
      $build = ['#type' => 'view', '#name' => DraftListPage::VIEW, '#display_id' => DraftListPage::DISPLAY];
      \Drupal::service('renderer')->renderInIsolation($build);
      return count(Database::getLog($key));
    });
  }

}
