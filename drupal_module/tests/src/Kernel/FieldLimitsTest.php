<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\ContentDescriber;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Install\FieldLimitsUpdate;
use Drupal\field\Entity\FieldConfig;
use Drupal\filter\Entity\FilterFormat;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * An agent that may write a teaser never touches the body, by any door.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class FieldLimitsTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['content_translation'];

  private Agent $agent;

  private Run $run;

  private NodeInterface $article;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    ConfigurableLanguage::createFromLangcode('de')->save();
    FilterFormat::create(['format' => 'other', 'name' => 'Other', 'weight' => 1])->save();
    foreach (['body' => 'text_with_summary', 'teaser' => 'string', 'keywords' => 'string'] as $name => $type) {
      $this->field($name, $type, values: ['label' => $name, 'default_value' => $name === 'keywords' ? [['value' => 'none']] : []]);
    }
    $this->role('wide', [...self::WRITER, 'use text format other'], TRUE);
    $this->agent = $this->agent('seo', ['fields' => ['node' => ['article' => ['teaser', 'title']]]], 'wide');
    $this->run = $this->running($this->agent);
    $this->article = $this->article(['body' => ['value' => '<p>Words</p>', 'summary' => 'Sum', 'format' => 'other'], 'teaser' => 'Old']);
    $german = $this->article->addTranslation('de', ['title' => 'Brot', 'body' => ['value' => '<p>Worte</p>', 'format' => 'other'], 'moderation_state' => 'published']);
    $german->save();
    $this->article = $this->stored($this->article);
  }

  /**
   * The draft endpoint takes what is on the list, and names what is not.
   */
  public function testDrafts(): void {
    $this->write(['teaser' => 'New']);
    $this->assertSame('New', $this->latest($this->article)->get('teaser')->value);
    // As it was read: nothing is changed.
    $this->write(['teaser' => 'Newer', 'body' => ['value' => '<p>Words</p>']]);
    $attempts = [
      ['body' => ['value' => '<p>Spam</p>']],
      ['body' => ['summary' => 'Spam']],
      ['body' => ['format' => 'plain_text']],
      ['body' => NULL],
      ['keywords' => 'spam'],
    ];
    foreach ($attempts as $fields) {
      $problem = $this->refused($fields + ['teaser' => 'With more']);
      $this->assertSame([403, 'forbidden', '/fields/' . array_key_first($fields)], [$problem->status, $problem->code, $problem->errors[0]['pointer']]);
    }
    $problem = $this->refused(['body' => ['value' => '<p>Mehr</p>']], ['langcode' => 'de']);
    $this->assertSame([403, 'forbidden'], [$problem->status, $problem->code]);
    $this->assertSame('Newer', $this->latest($this->article)->get('teaser')->value);
    $this->assertSame('<p>Words</p>', $this->latest($this->article)->get('body')->value);
  }

  /**
   * What the agent is told, entity access and the draft endpoint say the same.
   */
  public function testAccess(): void {
    $this->inRun($this->run, function (): void {
      $account = $this->accountOf($this->agent);
      $described = (array) \Drupal::service(ContentDescriber::class)->describe()['entity_types']->node['article']['fields'];
      $writable = array_keys(array_filter($described, static fn (array $field): bool => $field['writable']));
      sort($writable);
      $this->assertSame(['teaser', 'title'], $writable);
      $this->assertTrue($described['body']['readable']);
      foreach (['teaser' => TRUE, 'title' => TRUE, 'body' => FALSE, 'keywords' => FALSE] as $name => $expected) {
        $this->assertSame($expected, $this->article->get($name)->access('edit', $account), $name);
        $this->assertSame($expected, $this->article->getTranslation('de')->get($name)->access('edit', $account), "de $name");
        $this->assertTrue($this->article->get($name)->access('view', $account), $name);
      }
    });
  }

  /**
   * Code that saves in a run keeps to the list, in each language.
   */
  public function testSaves(): void {
    $save = fn (callable $change, string $langcode = 'en') => $this->inRun($this->run, function () use ($change, $langcode): void {
      $node = $this->newest($langcode);
      $change($node);
      $node->save();
    });
    $save(static fn (NodeInterface $node) => $node->set('teaser', 'New'));
    $save(static fn (NodeInterface $node) => $node->set('teaser', 'Neu'), 'de');
    $attempts = [
      'value' => static fn (NodeInterface $node) => $node->set('body', ['value' => '<p>Spam</p>', 'format' => 'other']),
      'a property' => static fn (NodeInterface $node) => $node->get('body')->first()->set('summary', 'Spam'),
      'the format' => static fn (NodeInterface $node) => $node->get('body')->first()->set('format', 'plain_text'),
      'emptied' => static fn (NodeInterface $node) => $node->set('body', NULL),
      'beside' => static fn (NodeInterface $node) => $node->set('teaser', 'New')->set('keywords', 'spam'),
    ];
    foreach (['en', 'de'] as $langcode) {
      foreach ($attempts as $name => $change) {
        $before = $this->newest($langcode)->getRevisionId();
        $this->assertRefused(static fn () => $save($change, $langcode), "$name $langcode");
        $this->assertSame($before, $this->newest($langcode)->getRevisionId(), "$name $langcode");
      }
    }
    // Without its list the agent writes all of it again.
    $this->agent->set('binding', ['fields' => []] + $this->agent->getBinding())->save();
    $this->run = $this->running($this->agent);
    $save($attempts['value']);
    $this->assertSame('<p>Spam</p>', $this->newest('en')->get('body')->value);
  }

  /**
   * A new item, and a new translation, hold only what is on the list.
   */
  public function testCreations(): void {
    $values = ['type' => 'article', 'title' => 'New', 'teaser' => 'T', 'uid' => $this->accountOf($this->agent)->id()];
    $this->inRun($this->run, static fn () => Node::create($values)->save());
    $this->assertRefused(fn () => $this->inRun($this->run, static fn () => Node::create($values + ['body' => '<p>Spam</p>'])->save()), 'body');
    $this->assertRefused(fn () => $this->inRun($this->run, static fn () => Node::create($values + ['keywords' => 'spam'])->save()), 'another value than the default');
    ConfigurableLanguage::createFromLangcode('fr')->save();
    $translate = fn (array $fields) => $this->inRun($this->run, function () use ($fields): void {
      $this->latest($this->article)->addTranslation('fr', $fields + ['title' => 'Pain'])->save();
    });
    $this->assertRefused(static fn () => $translate(['body' => ['value' => '<p>Mots</p>', 'format' => 'other']]), 'translation');
    $translate(['body' => $this->article->get('body')->getValue()]);
    $this->assertSame('Pain', $this->latest($this->article)->getTranslation('fr')->label());
  }

  /**
   * An empty list lets no field be written; a deleted field leaves its list.
   */
  public function testDeletedFields(): void {
    $this->assertSame([
      'field.field.node.article.teaser', 'node.type.article', 'user.role.wide', 'workflows.workflow.editorial',
    ], $this->agent->getDependencies()['config']);
    $this->agent->set('binding', ['fields' => ['node' => ['article' => ['teaser']]]] + $this->agent->getBinding())->save();
    FieldConfig::loadByName('node', 'article', 'teaser')->delete();
    $agent = Agent::load('seo');
    $this->assertSame(['node' => ['article' => []]], $agent->getFieldLimits());
    $this->assertFalse($agent->mayWriteField('node', 'article', 'title'));
    $this->assertTrue($agent->mayWriteField('node', 'page', 'title'));
    $this->assertArrayNotHasKey('fields', $agent->set('binding', ['fields' => []] + $agent->getBinding())->toSnapshot()['binding']);
  }

  /**
   * Of several agents of an account, without a run, one is enough.
   */
  public function testSharedAccount(): void {
    $this->config('background_agents.settings')->set('guard.token_only', FALSE)->save();
    $account = $this->accountOf($this->agent);
    $edit = fn (): bool => $this->as($account, function () use ($account): bool {
      \Drupal::entityTypeManager()->getAccessControlHandler('node')->resetCache();
      return $this->article->get('body')->access('edit', $account);
    });
    $this->assertFalse($edit());
    $reader = $this->agent('reader', ['content' => ['node' => ['article' => ['read']]]], 'wide');
    \Drupal::service(AccountMarks::class)->assign($reader, $account);
    $this->assertFalse($edit(), 'Who only reads has no say.');
    $reader->set('binding', ['content' => ['node' => ['article' => ['read', 'revise']]]] + $reader->getBinding())->save();
    $this->assertTrue($edit());
  }

  /**
   * A site of an older release has no limits, and is left alone afterwards.
   */
  public function testUpdate(): void {
    $fresh = $this->config('background_agents.agent.seo')->getRawData();
    $old = $fresh;
    unset($old['binding']['fields']);
    $this->container->get('config.storage')->write('background_agents.agent.seo', $old);
    \Drupal::configFactory()->reset();
    \Drupal::entityTypeManager()->getStorage('background_agents_agent')->resetCache();
    $this->assertSame([], Agent::load('seo')->getFieldLimits());
    $update = new FieldLimitsUpdate(\Drupal::configFactory());
    $update->agents();
    $this->assertSame(array_keys($fresh['binding']), array_keys($this->config('background_agents.agent.seo')->get('binding')));
    $this->assertSame([], $this->config('background_agents.agent.seo')->get('binding.fields'));
  }

  /**
   * The newest revision that concerns a language.
   */
  private function newest(string $langcode): NodeInterface {
    $id = \Drupal::service(LatestRevision::class)->idOf('node', $this->article->id(), $langcode);
    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $storage->resetCache([$this->article->id()]);
    return $storage->loadRevision($id)->getTranslation($langcode);
  }

  private function write(array $fields, array $values = []): void {
    static $keys = 0;
    $document = $values + [
      'key' => str_pad((string) ++$keys, 64, '0'),
      'run' => $this->run->uuid(),
      'attempt' => 1,
      'generation' => 1,
      'operation' => 'revise',
      'entity_type' => 'node',
      'bundle' => 'article',
      'entity' => $this->article->uuid(),
      'expected_revision' => (int) $this->newest($values['langcode'] ?? 'en')->getRevisionId(),
      'langcode' => 'en',
      'summary' => 'Wrote.',
      'checkpoint' => NULL,
      'fields' => json_decode(json_encode($fields, JSON_FORCE_OBJECT)),
    ];
    $this->inRun($this->run, fn () => \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument((object) $document, new Contracts()), $this->run));
  }

  private function refused(array $fields, array $values = []): object {
    try {
      $this->write($fields, $values);
    }
    catch (ProblemException $refusal) {
      return $refusal->problem;
    }
    $this->fail('Nothing was refused.');
  }

  private function assertRefused(callable $work, string $what): void {
    try {
      $work();
    }
    catch (\Throwable $exception) {
      $this->assertStringContainsString('not among the fields', (string) GuardException::in($exception)?->getMessage(), $what);
      return;
    }
    $this->fail("$what was not refused.");
  }

}
