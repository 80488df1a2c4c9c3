<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;

/**
 * A site with an agent's run, drafts, and an editor who decides about them.
 */
abstract class ReviewerTestBase extends AgentsKernelTestBase {

  protected const array EDITOR = [
    'access content', 'edit any article content', 'edit any page content', 'use editorial transition create_new_draft',
    'use editorial transition publish', 'view any unpublished content', 'view latest version', 'review background agent drafts', 'translate any entity',
  ];

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['content_translation'];

  protected Run $run;

  protected UserInterface $editor;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    // To make its table within a draft's transaction would commit that.
    \Drupal::service('router.builder')->rebuild();
    $this->run = $this->running($this->agent('writer', $this->binding()));
    $this->role('editor', static::EDITOR);
    $this->editor = $this->account('editor', 'editor');
  }

  /**
   * What the agent may write.
   */
  protected function binding(): array {
    return [
      'content' => [
        'node' => ['article' => ['read', 'create', 'revise'], 'page' => ['read', 'create', 'revise']],
      ],
      'may_write_unmoderated' => TRUE,
    ];
  }

  /**
   * An article in English and German, both published.
   */
  protected function translated(array $german = []): NodeInterface {
    ConfigurableLanguage::load('de') ?? ConfigurableLanguage::createFromLangcode('de')->save();
    \Drupal::service('content_translation.manager')->setEnabled('node', 'article', TRUE);
    $article = $this->article();
    $translation = $article->addTranslation('de', $german + ['title' => 'Brot', 'moderation_state' => 'published', 'uid' => 1]);
    $translation->setNewRevision();
    $translation->save();
    return $this->stored($article);
  }

  /**
   * The agent revises an item, or creates one when there is none.
   */
  protected function draft(?ContentEntityInterface $item, array $fields, string $langcode = 'en', array $more = []): Change {
    $newest = NULL;
    if ($item !== NULL) {
      $storage = \Drupal::entityTypeManager()->getStorage($item->getEntityTypeId());
      $storage->resetCache([$item->id()]);
      $newest = (int) $storage->getLatestTranslationAffectedRevisionId($item->id(), $langcode);
    }
    $document = $more + [
      'key' => hash('sha256', (string) hrtime(TRUE)),
      'run' => $this->run->uuid(),
      'attempt' => 1,
      'generation' => $this->run->getGeneration(),
      'operation' => $item === NULL ? 'create' : 'revise',
      'entity_type' => $item?->getEntityTypeId() ?? 'node',
      'bundle' => $item?->bundle() ?? 'article',
      'entity' => $item?->uuid(),
      'expected_revision' => $newest,
      'langcode' => $langcode,
      'fields' => json_decode((string) json_encode((object) $fields)),
      'summary' => 'Wrote.',
      'checkpoint' => NULL,
    ];
    $document = array_filter($document, static fn (mixed $value, string $name): bool => $value !== NULL || $name === 'checkpoint', ARRAY_FILTER_USE_BOTH);
    $this->inRun($this->run, fn (): mixed => \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument((object) $document, new Contracts()), $this->run));
    $ids = \Drupal::entityQuery('background_agents_change')->accessCheck(FALSE)->sort('id', 'DESC')->range(0, 1)->execute();
    return Change::load(reset($ids));
  }

  /**
   * What the editor has in sight on the page of a draft.
   */
  protected function seen(Change $change): Seen {
    return \Drupal::service(DraftVersions::class)->seen($change);
  }

  /**
   * The editor accepts; by default all of it, and publishes.
   */
  protected function accept(Change $change, ?Choice $choice = NULL, ?string $state = 'published', ?Seen $seen = NULL, ?UserInterface $who = NULL): bool {
    $seen ??= $this->seen($change);
    return $this->as($who ?? $this->editor, static fn (): bool => \Drupal::service(Reviewer::class)->accept($change, $seen, $choice ?? new Choice(), $state));
  }

  /**
   * The editor refuses.
   */
  protected function refuse(Change $change, ?Seen $seen = NULL): void {
    $seen ??= $this->seen($change);
    $this->as($this->editor, static fn () => \Drupal::service(Reviewer::class)->refuse($change, $seen, 'No.'));
  }

  /**
   * What the person is told, when nothing is decided.
   */
  protected function refusal(callable $decision): string {
    try {
      $decision();
    }
    catch (ReviewRefused $refused) {
      return (string) $refused->sentence;
    }
    $this->fail('The decision was carried out.');
  }

  /**
   * Somebody saves the newest revision with other values.
   */
  protected function edit(NodeInterface $node, array $values, string $langcode = 'en'): NodeInterface {
    return $this->as($this->editor, function () use ($node, $values, $langcode): NodeInterface {
      $storage = \Drupal::entityTypeManager()->getStorage('node');
      $newest = $storage->loadRevision($storage->getLatestTranslationAffectedRevisionId($node->id(), $langcode))->getTranslation($langcode);
      $revision = $storage->createRevision($newest);
      foreach ($values as $name => $value) {
        $revision->set($name, $value);
      }
      $revision->setRevisionUserId($this->editor->id());
      $revision->save();
      return $revision;
    });
  }

  /**
   * A change as it is stored, when the response has been sent.
   */
  protected function decided(Change $change): Change {
    \Drupal::service(EditorDecisions::class)->destruct();
    return \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadUnchanged($change->id());
  }

  /**
   * The newest revision of a language.
   */
  protected function newest(NodeInterface $node, string $langcode = 'en'): NodeInterface {
    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $storage->resetCache([$node->id()]);
    return $storage->loadRevision($storage->getLatestTranslationAffectedRevisionId($node->id(), $langcode))->getTranslation($langcode);
  }

}
