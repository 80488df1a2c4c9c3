<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\background_agents\Trigger\LastWeek;
use Drupal\background_agents\Trigger\LastWeekCalculator;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\background_agents\Ui\LastWeekView;
use Drupal\background_agents\Ui\TriggerInputView;
use Drupal\Core\Database\Database;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\User;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What a trigger would have started last week, and with which input.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class LastWeekTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent();
    $this->role('editor', ['access content']);
    \Drupal::currentUser()->setAccount(User::load(1));
  }

  /**
   * By the history of revisions: what SQL can tell, and what it cannot.
   */
  public function testContent(): void {
    $editor = $this->account('anna', 'editor');
    $old = $this->article(['title' => 'Old']);
    \Drupal::database()->update('node_revision')->fields(['revision_timestamp' => time() - 8 * 86400])->execute();
    $new = $this->as($editor, fn () => $this->article(['title' => 'New']));
    $this->change($old, ['title' => 'Older'], $editor);
    $this->change($old, ['moderation_state' => 'draft', 'title' => 'Draft']);
    $this->change($this->latest($old), ['moderation_state' => 'published']);
    $this->change($new, ['uid' => 1], $this->accountOf(\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer')));
    $this->assertSame(3, $this->week()->count, 'Added, changed, published; the save of the agent itself does not count.');
    $this->assertSame(1, $this->week(['operations' => ['insert']])->count);
    $this->assertSame(4, $this->week(['revisions' => 'any'])->count);
    $this->assertSame(0, $this->week(['bundles' => ['page']])->count);
    $this->assertSame(0, $this->week(['langcodes' => ['de']])->count);
    $byTitle = $this->week(['fields' => ['title']]);
    $this->assertSame([3, 3], [$byTitle->count, $byTitle->looked], 'Visitors see another title after each of them.');
    $this->assertSame(3, $this->week(['revisions' => 'any', 'fields' => ['title']])->count, 'The publishing changed nothing of the draft.');
    $this->assertSame(3, $this->week(['revisions' => 'state_change'])->count, 'Added, drafted, published.');
    $this->assertSame(1, $this->week(['conditions' => [['kind' => 'state', 'from' => ['draft'], 'to' => ['published']]]])->count);
    $this->assertSame(1, $this->week(['conditions' => [['kind' => 'role', 'who' => 'saver', 'has' => TRUE, 'roles' => ['editor']]]])->count);
    $this->assertSame(1, $this->week(['conditions' => [['kind' => 'field', 'field' => 'title', 'test' => 'equals', 'value' => 'New']]])->count);
    // Saves of one item near each other make one run.
    $this->assertSame(2, $this->week([], 600)->count);
    $this->assertSame((string) $this->latest($old)->getRevisionId(), (string) $this->week([], 600)->saves[0]->revision);
  }

  /**
   * However many saves there are, it asks as often, and looks at one page.
   */
  public function testBounds(): void {
    $counts = [];
    foreach ([5, 60] as $upTo) {
      for ($i = (int) \Drupal::entityQuery('node')->accessCheck(FALSE)->count()->execute(); $i < $upTo; $i++) {
        $this->article(['title' => "Item $i"]);
      }
      $this->week(['fields' => ['title']]);
      \Drupal::entityTypeManager()->getStorage('node')->resetCache();
      Database::startLog('week');
      $week = $this->week(['fields' => ['title']]);
      $counts[] = count(Database::getLog('week'));
    }
    $this->assertSame([50, 50, TRUE], [$week->count, $week->looked, $week->isMore]);
    $this->assertCount(10, $week->saves);
    $this->assertSame($counts[0], $counts[1]);
    $this->assertSame([60, NULL, FALSE], [$this->week()->count, $this->week()->looked, $this->week()->isMore]);
  }

  /**
   * Schedules by the calculator; what cannot be read is not known.
   */
  public function testSchedules(): void {
    $settings = ['kind' => 'interval', 'seconds' => 86400, 'timezone' => 'UTC'] + ScheduleSettings::DEFAULTS;
    $week = $this->calculator()->of($this->trigger($settings, 'schedule'));
    $this->assertSame(7, $week->count);
    $this->assertCount(7, $week->times);
    $this->assertNull($this->calculator()->of($this->trigger(['timezone' => 'CEST'] + $settings, 'schedule'))->count);
    $this->assertSame(168, $this->calculator()->of($this->trigger(['interval' => 3600], 'cron'))->count);
  }

  /**
   * The page says how often, with links, the cost, and what it does not know.
   */
  public function testView(): void {
    $article = $this->article(['title' => 'Bread']);
    $agent = \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer');
    $text = fn (): string => self::html(\Drupal::service(LastWeekView::class)->build($this->trigger()));
    $this->assertStringContainsString('no run of the agent has ended yet', $text());
    $this->running($agent, ['state' => 'completed', 'steps' => 2, 'cost_micros' => 250000]);
    $this->assertStringContainsString('it would have started once', $text());
    $this->assertStringContainsString('about 0.25 US dollars', $text());
    $this->assertStringContainsString('/node/' . $article->id() . '"', $text());
    $this->assertStringContainsString('Saves that made no new revision', $text());
    \Drupal::currentUser()->setAccount(User::getAnonymousUser());
    $this->assertStringNotContainsString('Bread', $text());
  }

  /**
   * What comes out empty is left out where it may be, and shown.
   */
  public function testInput(): void {
    $agent = \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer');
    $schema = ['type' => 'object', 'properties' => ['title' => ['type' => 'string', 'minLength' => 1], 'words' => ['type' => 'integer'], 'note' => ['type' => 'string']], 'required' => ['title']];
    $agent->set('definition', ['input_schema' => json_encode($schema)] + $agent->get('definition'))->save();
    $trigger = $this->trigger()->set('input', ['title' => '[node:title]', 'words' => '[node:nothing]', 'note' => 'About [node:nothing]']);
    $article = $this->article(['title' => 'Bread & <b>']);
    $this->assertEquals((object) ['title' => 'Bread & <b>', 'note' => 'About '], \Drupal::service(TriggerInput::class)->values($trigger, $article));
    $text = fn (Trigger $trigger, ?NodeInterface $item): string => self::html(\Drupal::service(TriggerInputView::class)->build($trigger, $item));
    $this->assertStringContainsString('Bread &amp; &lt;b&gt;', $text($trigger, $article));
    $this->assertStringContainsString('it comes out empty, and is left out', $text($trigger, $article));
    $this->assertStringNotContainsString('would be refused', $text($trigger, $article));
    $trigger->set('input', ['title' => '[node:nothing]']);
    $this->assertStringContainsString('Such a run would be refused', $text($trigger, $article));
    $this->assertStringContainsString('Choose an item', $text($trigger, NULL));
  }

  private function week(array $settings = [], int $debounce = 0): LastWeek {
    return $this->calculator()->of($this->trigger($settings + Trigger::CONTENT_SETTINGS, debounce: $debounce));
  }

  private function trigger(array $settings = Trigger::CONTENT_SETTINGS, string $type = 'content', int $debounce = 0): Trigger {
    return Trigger::create([
      'id' => 'tried',
      'label' => 'Tried',
      'agent' => 'writer',
      'type' => $type,
      'settings' => $settings,
      'debounce' => $debounce,
    ]);
  }

  private function change(NodeInterface $node, array $values, ?User $by = NULL): void {
    foreach ($values as $name => $value) {
      $node->set($name, $value);
    }
    $node->setNewRevision();
    $node->setRevisionUserId((int) ($by?->id() ?? 1));
    $node->setRevisionCreationTime(time());
    $node->save();
  }

  private static function html(array $build): string {
    return (string) \Drupal::service('renderer')->renderInIsolation($build);
  }

  private function calculator(): LastWeekCalculator {
    return \Drupal::service(LastWeekCalculator::class);
  }

}
