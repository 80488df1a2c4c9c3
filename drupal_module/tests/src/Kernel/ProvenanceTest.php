<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Agent\Version\UnusedVersions;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\Provenance\Provenance;
use Drupal\background_agents\Review\Provenance\ProvenanceStore;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Content says by which agent, and which version of it, it was written.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ProvenanceTest extends ReviewKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['content_translation'];

  private Agent $agent;

  private Run $run;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->field('field_line', 'string', values: ['label' => 'Line']);
    $this->agent = $this->agent();
    $this->run = $this->running($this->agent, ['agent_version' => 1]);
  }

  /**
   * Each way of saving keeps a version; what is for people alone makes none.
   */
  public function testVersions(): void {
    $versions = \Drupal::service(AgentVersions::class);
    $this->assertSame([1], $this->numbers());
    // By the entity, as forms and imports save it.
    $this->agent->set('label', 'Another name')->setStatus(FALSE)->set('description', 'For people.')->save();
    $this->assertSame([1], $this->numbers());
    $this->agent->set('rules', ['Be short.'])->save();
    // By the configuration, as Drush does.
    \Drupal::configFactory()->getEditable('background_agents.agent.writer')->set('definition.system_prompt', 'Write well.')->save();
    $this->assertSame([3, 2, 1], $this->numbers());
    $this->assertSame(['Be short.'], $versions->load('writer', 3)->document['rules']);
    // Back to what it was: the same version.
    \Drupal::configFactory()->getEditable('background_agents.agent.writer')->set('definition.system_prompt', 'Write.')->save();
    $this->assertSame([3, 2, 1], $this->numbers());
    \Drupal::entityTypeManager()->getStorage('background_agents_agent')->resetCache();
    $this->assertSame(2, $versions->present(Agent::load('writer'))->number);
  }

  /**
   * A run, and its job, name the version that they use.
   */
  public function testRunNamesItsVersion(): void {
    $this->agent->set('binding', ['model' => 'scripted:other'] + $this->agent->getBinding())->save();
    $run = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('writer', 'cron'))->run;
    $run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadUnchanged($run->id());
    $this->assertSame(2, $run->getAgentVersion());
    $job = json_decode(\Drupal::database()->select('background_agents_outbox', 'o')->fields('o', ['job'])->condition('run', $run->uuid())->execute()->fetchField());
    $this->assertSame(2, $job->agent->version);
  }

  /**
   * Versions that nothing names go; the present and the newest one stay.
   */
  public function testRetentionOfVersions(): void {
    foreach (['b', 'c', 'd'] as $prompt) {
      $this->agent->set('definition', ['system_prompt' => $prompt] + $this->agent->getDefinition())->save();
    }
    // Run names 1, nothing names 2; 3 is what the agent is again; 4 is newest.
    $this->agent->set('definition', ['system_prompt' => 'c'] + $this->agent->getDefinition())->save();
    \Drupal::service(UnusedVersions::class)->delete(100);
    $this->assertSame([4, 3, 1], $this->numbers());
    $this->run->delete();
    \Drupal::service(UnusedVersions::class)->delete(100);
    $this->assertSame([4, 3], $this->numbers());
    $this->agent->delete();
    \Drupal::service(UnusedVersions::class)->delete(100);
    $this->assertSame([], $this->numbers());
  }

  /**
   * The agent's revision is written down, and what was published of it.
   */
  public function testAccepted(): void {
    $article = $this->article();
    $change = $this->left($this->run, $article, ['title' => 'Better bread', 'field_line' => 'Wheat']);
    $this->assertSame([], $this->leftIn($article));
    $draft = $this->one($this->latest($article));
    $this->assertSame([(int) $change->id(), $this->run->uuid(), 'writer', 'scripted:test', 1, NULL], [$draft->origin, $draft->run, $draft->agent, $draft->model, $draft->version, $draft->checked]);
    $this->assertEqualsCanonicalizing(['title', 'field_line'], $draft->fields);
    $this->accept($change, choice: new Choice(['title' => TRUE], FALSE));
    $live = $this->one($this->stored($article));
    $this->assertSame([['title'], (int) $this->editor->id()], [$live->fields, $live->checkedBy]);
    $this->assertNotNull($live->checked);
    // The agent's own revision says who checked it, too.
    $this->assertSame((int) $this->editor->id(), (int) \Drupal::database()->select('background_agents_provenance', 'p')->fields('p', ['checked_by'])->condition('revision', $change->getTargetRevisionId())->execute()->fetchField());
  }

  /**
   * It goes on with the text, and ends with it.
   */
  public function testLaterEdits(): void {
    $article = $this->article();
    $this->accept($this->left($this->run, $article, ['title' => 'Better bread', 'field_line' => 'Wheat']));
    $this->edit($article, ['field_line' => 'Rye']);
    $this->assertSame(['title'], $this->one($this->stored($article))->fields);
    $this->run->delete();
    $this->edit($article, ['promote' => 1]);
    $this->assertSame(['title'], $this->one($this->stored($article))->fields);
    $this->edit($article, ['title' => 'Nothing of it']);
    $this->assertSame([], $this->leftIn($article));
  }

  /**
   * Publishing in the form of the content is a check; an agent's is none.
   */
  public function testPublishedWithoutReview(): void {
    $article = $this->article();
    $change = $this->left($this->run, $article);
    $this->edit($this->latest($article), []);
    $this->assertSame((int) $this->editor->id(), $this->one($this->stored($article))->checkedBy);
    $this->assertSame(Change::ACCEPTED, $this->reloaded($change)->getStatus());

    // Put into a version of one's own, by hand.
    $other = $this->article(['title' => 'Rolls']);
    $change = $this->left($this->run, $other, ['title' => 'Better rolls', 'field_line' => 'Wheat']);
    $this->edit($other, ['title' => 'Better rolls']);
    $this->assertSame(Change::ACCEPTED, $this->reloaded($change)->getStatus());
    $this->assertSame([['title'], (int) $this->editor->id()], [$this->one($this->stored($other))->fields, $this->one($this->stored($other))->checkedBy]);
  }

  /**
   * Each language by itself, whichever is published.
   */
  public function testLanguages(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    \Drupal::service('content_translation.manager')->setEnabled('node', 'article', TRUE);
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    \Drupal::service('router.builder')->rebuild();
    $article = $this->article();
    $german = $article->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published']);
    $german->setNewRevision();
    $german->save();
    $english = $this->left($this->run, $article, ['title' => 'Better bread']);
    $this->accept($this->left($this->run, $article, ['title' => 'Roggenbrot'], 'de', (int) $this->stored($article)->getRevisionId()));
    $this->assertSame([[], ['title']], [$this->leftIn($article), $this->one($this->stored($article)->getTranslation('de'))->fields]);
    $this->accept($english);
    $live = $this->stored($article);
    $this->assertSame([['title'], ['title']], [$this->one($live)->fields, $this->one($live->getTranslation('de'))->fields]);
    $live->removeTranslation('de');
    $live->save();
    $this->assertSame(0, $this->rows('provenance', ['langcode' => 'de']));
  }

  /**
   * It goes with the revision, the item and the person.
   */
  public function testForgotten(): void {
    $article = $this->article();
    $this->refuse($this->left($this->run, $article));
    $this->assertSame(0, $this->rows('provenance'));
    $this->accept($this->left($this->run, $article, ['title' => 'Once more']));
    $this->assertSame(2, $this->rows('provenance'));
    $this->editor->delete();
    $this->assertSame([NULL, FALSE], [$this->one($this->stored($article))->checkedBy, $this->one($this->stored($article))->checked === NULL]);
    $article->delete();
    $this->assertSame(0, $this->rows('provenance'));
  }

  /**
   * Where the site places it, content says so, in what is cached, too.
   */
  public function testDisplay(): void {
    $display = \Drupal::service('entity_display.repository')->getViewDisplay('node', 'article');
    $this->assertNull($display->getComponent('background_agents_provenance'));
    $article = $this->article();
    $this->accept($this->left($this->run, $article));
    $this->assertStringNotContainsString('Written with AI', $this->html($article));
    $display->setComponent('background_agents_provenance', ['weight' => 50])->save();
    $this->assertStringContainsString('Written with AI, checked by an editor', $this->html($article));
    $this->edit($article, ['title' => 'Of a person']);
    $this->assertStringNotContainsString('Written with AI', $this->html($article));

    // The words of a draft that were put into the published text by hand.
    $other = $this->article(['title' => 'Rolls']);
    $this->left($this->run, $other, ['title' => 'Better rolls', 'field_line' => 'Wheat']);
    $this->assertStringNotContainsString('Written with AI', $this->html($other));
    $this->edit($other, ['title' => 'Better rolls']);
    $this->assertStringContainsString('Written with AI, checked by an editor', $this->html($other));
  }

  private function html(NodeInterface $node): string {
    $build = \Drupal::entityTypeManager()->getViewBuilder('node')->view($this->stored($node));
    return (string) \Drupal::service('renderer')->renderInIsolation($build);
  }

  /**
   * The editor publishes.
   */
  private function edit(NodeInterface $node, array $values): void {
    $this->as($this->editor, function () use ($node, $values): void {
      $base = $node->isDefaultRevision() ? $this->stored($node) : $node;
      $revision = \Drupal::entityTypeManager()->getStorage('node')->createRevision($base);
      foreach ($values + ['moderation_state' => 'published'] as $name => $value) {
        $revision->set($name, $value);
      }
      $revision->save();
      // As after the response.
      \Drupal::service(EditorDecisions::class)->destruct();
    });
  }

  private function numbers(): array {
    return array_column(\Drupal::service(AgentVersions::class)->newest('writer', 100), 'number');
  }

  private function leftIn(NodeInterface $node): array {
    $stored = $this->stored($node);
    return \Drupal::service(ProvenanceStore::class)->of($stored, (int) $stored->getRevisionId());
  }

  private function one(NodeInterface $version): Provenance {
    $rows = \Drupal::service(ProvenanceStore::class)->of($version, (int) $version->getRevisionId());
    $this->assertCount(1, $rows);
    return reset($rows);
  }

}
