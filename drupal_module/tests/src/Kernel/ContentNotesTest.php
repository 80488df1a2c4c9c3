<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\RevisionLogText;
use Drupal\background_agents\Run\ItemRuns;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Ui\ContentNotes;
use Drupal\background_agents\Ui\RevisionLogLinks;
use Drupal\Core\Session\AccountInterface;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Content says whose draft it is and who is at work on it, and links as it may.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ContentNotesTest extends AgentsKernelTestBase {

  private Agent $agent;

  private NodeInterface $article;

  /**
   * @var \Drupal\Core\Session\AccountInterface[]
   */
  private array $people;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    ConfigurableLanguage::createFromLangcode('de')->save();
    $this->agent = $this->agent();
    $article = $this->article();
    $article->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published'])->save();
    $this->article = $this->stored($article);
    $edit = ['access content', 'edit any article content', 'view all revisions', 'use editorial transition create_new_draft'];
    $this->role('editor', $edit);
    $this->role('reviewer', [...$edit, 'review background agent drafts']);
    $this->role('watcher', [...$edit, 'review background agent drafts', 'view any background agent run']);
    $this->role('reader', ['access content', 'view all revisions']);
    foreach (['editor', 'reviewer', 'watcher', 'reader'] as $name) {
      $this->people[$name] = $this->account($name, $name);
    }
  }

  /**
   * Runs that have not ended, of this item and language, and no others.
   */
  public function testAtWork(): void {
    $it = ['target_type' => 'node', 'target_uuid' => $this->article->uuid()];
    $other = $this->article(['title' => 'Cake']);
    $english = $this->running($this->agent, $it + ['target_langcode' => 'en']);
    $any = $this->running($this->agent, $it + ['state' => 'waiting']);
    $german = $this->running($this->agent, $it + ['target_langcode' => 'de', 'state' => 'paused']);
    $this->running($this->agent, $it + ['state' => 'completed', 'target_langcode' => 'en']);
    $this->running($this->agent, ['target_type' => 'node', 'target_uuid' => $other->uuid()]);
    $drafting = $this->running($this->agent);
    $this->change($drafting, 'de');
    $decided = $this->running($this->agent);
    $this->change($decided, 'de', ['status' => Change::REJECTED]);
    $many = $this->running($this->agent);
    \Drupal::service(RunData::class)->insert((int) $many->id(), new \stdClass(), [
      ['entity_type' => 'node', 'uuid' => $other->uuid(), 'langcode' => 'en'],
      ['entity_type' => 'node', 'uuid' => $this->article->uuid(), 'langcode' => 'de'],
    ]);
    $ids = static fn (NodeInterface $translation): array => array_map(static fn (Run $run): int => (int) $run->id(), \Drupal::service(ItemRuns::class)->atWork($translation));
    $expected = static fn (Run ...$runs): array => array_map(static fn (Run $run): int => (int) $run->id(), $runs);
    $this->assertSame($expected($any, $english), $ids($this->article));
    $this->assertSame($expected($many, $drafting, $german, $any), $ids($this->article->getTranslation('de')));
  }

  /**
   * The notice has the links that a person may follow, and is for editors.
   */
  public function testWhoseDraft(): void {
    $run = $this->running($this->agent);
    $change = $this->change($run, 'en', ['summary' => 'Shorter <b>now</b>.']);
    $page = fn (string $name, string $langcode = 'en'): string => $this->as($this->people[$name], static function () use ($change, $langcode): string {
      $build = \Drupal::service(ContentNotes::class)->onPage('node', $change->getTargetRevisionId(), $langcode);
      return trim((string) \Drupal::service('renderer')->renderInIsolation($build));
    });
    $this->assertStringContainsString('This is a draft that the agent Writer left. Shorter &lt;b&gt;now&lt;/b&gt;.', $page('editor'));
    $links = static fn (string $html): array => preg_match_all('/href="([^"]+)"/', $html, $found) ? $found[1] : [];
    $review = $change->toUrl()->toString();
    $this->assertSame([], $links($page('editor')));
    $this->assertSame([$review], $links($page('reviewer')));
    $this->assertSame([$review, $run->toUrl()->toString()], $links($page('watcher')));
    $this->assertSame('', $page('reader'), 'Who may not edit is told nothing.');
    $this->assertSame('', $page('watcher', 'de'), 'The draft is of another language.');
    $change->decide(Change::ACCEPTED, (int) $this->people['reviewer']->id(), 1)->save();
    $this->assertStringContainsString('It was accepted by reviewer.', $page('watcher'));
  }

  /**
   * Messages of agents' revisions get links; what an agent wrote is no markup.
   */
  public function testRevisionLog(): void {
    $run = $this->running($this->agent);
    $evil = '<a href="https://evil.example">Publish</a>';
    $this->change($run, 'en', ['summary' => 'Another one.']);
    $change = $this->change($run, 'en', ['summary' => $evil]);
    $change->decide(Change::ACCEPTED, (int) $this->people['reviewer']->id(), 1)->save();
    $render = fn (AccountInterface $person): string => $this->as($person, function () use ($run, $evil): string {
      $build = ['table' => ['#theme' => 'table', '#rows' => [self::row('By a person'), self::row(RevisionLogText::ofAgent($run, $evil))]]];
      \Drupal::service(RevisionLogLinks::class)->addTo($build, $this->article);
      return (string) \Drupal::service('renderer')->renderInIsolation($build);
    });
    $review = $change->toUrl()->toString();
    $this->assertStringNotContainsString('<a href="https://evil', $render($this->people['watcher']));
    $this->assertStringContainsString('Agent "Writer", run ' . $run->uuid(), $render($this->people['reader']));
    $this->assertStringNotContainsString('<a', $render($this->people['reader']));
    $this->assertStringContainsString("href=\"$review\"", $render($this->people['reviewer']));
    $this->assertStringNotContainsString($run->toUrl()->toString(), $render($this->people['reviewer']));
    $this->assertStringContainsString($run->toUrl()->toString(), $render($this->people['watcher']));
    $this->assertStringContainsString('Accepted by reviewer on', $render($this->people['editor']));
    $this->assertStringNotContainsString('Accepted by', $render($this->people['reader']));
  }

  /**
   * A cell as core's controllers build it.
   */
  private static function row(string $message): array {
    return [
      [
        'data' => [
          '#type' => 'inline_template',
          '#template' => '{% if message %}<p>{{ message }}</p>{% endif %}',
          '#context' => ['message' => ['#markup' => $message, '#allowed_tags' => ['a', 'em']]],
        ],
      ],
    ];
  }

  private function change(Run $run, string $langcode, array $values = []): Change {
    $change = Change::create($values + [
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $this->article->uuid(),
      'target_id' => $this->article->id(),
      'target_langcode' => $langcode,
      'target_revision' => $this->article->getRevisionId(),
      'operation' => 'revise',
      'status' => Change::PENDING,
    ]);
    $change->save();
    return $change;
  }

}
