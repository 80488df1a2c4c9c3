<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Draft\DraftAnswer;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\Seen;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;

/**
 * A site where agents leave drafts, and an editor decides about them.
 */
abstract class ReviewKernelTestBase extends AgentsKernelTestBase {

  protected const array EDITOR = [
    'access content', 'view any unpublished content', 'view latest version', 'view all revisions', 'edit any article content', 'edit any page content',
    'create article content', 'create page content', 'use editorial transition create_new_draft', 'use editorial transition publish', 'use editorial transition archive',
    'review background agent drafts',
  ];

  protected UserInterface $editor;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    // Answers name URLs. To make its table within a draft's transaction would
    // commit that.
    \Drupal::service('router.builder')->rebuild();
    $this->role('editor', static::EDITOR);
    $this->editor = $this->account('edith', 'editor');
  }

  /**
   * A draft that a run leaves: of a new item, or on top of a revision.
   *
   * Without a revision it is the newest one.
   */
  protected function left(Run $run, ?NodeInterface $node, array $fields = ['title' => 'Better bread'], string $langcode = 'en', ?int $revision = NULL, string $bundle = 'article'): Change {
    $document = (object) [
      'key' => hash('sha256', $run->uuid() . $node?->uuid() . $langcode . serialize($fields)),
      'run' => $run->uuid(),
      'attempt' => $run->getAttempt(),
      'generation' => $run->getGeneration(),
      'operation' => $node === NULL ? 'create' : 'revise',
      'entity_type' => 'node',
      'bundle' => $node?->bundle() ?? $bundle,
      'langcode' => $langcode,
      'fields' => (object) $fields,
      'summary' => 'Wrote.',
      'checkpoint' => NULL,
    ];
    if ($node !== NULL) {
      $document->entity = $node->uuid();
      $document->expected_revision = $revision ?? (int) $this->latest($node)->getRevisionId();
    }
    $this->inRun($run, static fn (): DraftAnswer => \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument($document, new Contracts()), $run));
    $changes = \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['effect_key' => $document->key]);
    return reset($changes);
  }

  protected function accept(Change $change, ?UserInterface $who = NULL, ?string $state = 'published', ?Choice $choice = NULL): void {
    $this->as($who ?? $this->editor, fn () => \Drupal::service(Reviewer::class)->accept($change, $this->seen($change), $choice ?? new Choice(), $state));
  }

  protected function refuse(Change $change, ?UserInterface $who = NULL, string $reason = ''): void {
    $this->as($who ?? $this->editor, fn () => \Drupal::service(Reviewer::class)->refuse($change, $this->seen($change), $reason));
  }

  protected function seen(Change $change): Seen {
    return \Drupal::service(DraftVersions::class)->seen($change);
  }

  protected function reloaded(Change $change): ?Change {
    return \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadUnchanged($change->id());
  }

}
