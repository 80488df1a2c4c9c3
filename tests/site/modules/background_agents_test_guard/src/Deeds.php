<?php

declare(strict_types=1);

namespace Drupal\background_agents_test_guard;

use Drupal\background_agents\Access\RunContext;
use Drupal\content_moderation\Entity\ContentModerationState;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\KeyValueStore\KeyValueFactoryInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\Core\State\StateInterface;
use Drupal\node\NodeInterface;

/**
 * What code of a site may do while an agent's draft is saved.
 *
 * The state "bga_test.deed" says when, what and to what: "saved:config:1".
 */
final class Deeds {

  public function __construct(
    private readonly RunContext $runContext,
    private readonly StateInterface $state,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly AccountInterface $currentUser,
    private readonly KeyValueFactoryInterface $keyValue,
  ) {}

  /**
   * Does the deed, once, when its time has come and a run is at work.
   */
  public function at(string $time, NodeInterface $node): void {
    [$when, $deed, $target] = explode(':', (string) $this->state->get('bga_test.deed', '::'));
    if ($when !== $time || $this->runContext->current() === NULL) {
      return;
    }
    $this->state->set('bga_test.deed', '::');
    $this->keyValue->get('bga_test')->set('row', $deed);
    $swallow = str_ends_with($deed, '!');
    try {
      $this->{rtrim($deed, '!')}($node, (int) $target);
    }
    catch (\Exception $exception) {
      if (!$swallow) {
        throw $exception;
      }
    }
  }

  /**
   * Tells in the answer who the request works as.
   */
  public function account(): string {
    return (string) $this->currentUser->id();
  }

  private function stay(NodeInterface $node, int $uid): void {
    $this->accountSwitcher->switchTo($this->entityTypeManager->getStorage('user')->load($uid));
  }

  private function revision(NodeInterface $node, int $revision): void {
    $this->entityTypeManager->getStorage('node')->deleteRevision($revision);
  }

  private function record(NodeInterface $node, int $revision): void {
    ContentModerationState::loadFromModeratedEntity($this->entityTypeManager->getStorage('node')->loadRevision($revision))->delete();
  }

  private function config(): void {
    $this->configFactory->getEditable('system.site')->set('slogan', 'Written under an agent')->save();
  }

  private function other(): void {
    $this->entityTypeManager->getStorage('node')->create(['type' => 'article', 'title' => 'Made by code', 'moderation_state' => 'published'])->save();
  }

  private function revise(NodeInterface $node, int $id): void {
    $this->entityTypeManager->getStorage('node')->load($id)->set('title', 'Changed by code')->save();
  }

  private function again(NodeInterface $node): void {
    $node->set('title', $node->label() . ' and again')->save();
  }

  private function anew(NodeInterface $node): void {
    $storage = $this->entityTypeManager->getStorage('node');
    $storage->resetCache([$node->id()]);
    $storage->loadRevision($storage->getLatestRevisionId($node->id()))->set('title', $node->label() . ' and anew')->save();
  }

  private function published(NodeInterface $node): void {
    $node->set('title', 'Published by code')->set('moderation_state', 'published')->save();
  }

  private function part(NodeInterface $node, int $id): void {
    $this->paragraph($id)->set('field_words', 'Attacked')->save();
  }

  private function foreignPart(NodeInterface $node, int $id): void {
    $this->part($node, $id);
  }

  private function defaultPart(NodeInterface $node, int $id): void {
    $part = $this->paragraph($id);
    $part->setNewRevision();
    $part->set('field_words', 'Attacked')->save();
  }

  private function heldPart(NodeInterface $node): void {
    $node->get('field_parts')->entity->set('field_words', 'Attacked')->save();
  }

  private function newPart(): void {
    $this->entityTypeManager->getStorage('paragraph')->create(['type' => 'text', 'field_words' => 'Attacked'])->save();
  }

  private function gonePart(NodeInterface $node, int $id): void {
    $this->paragraph($id)->delete();
  }

  private function paragraph(int $id): ContentEntityInterface {
    $part = $this->entityTypeManager->getStorage('paragraph')->load($id);
    assert($part instanceof ContentEntityInterface);
    return $part;
  }

}
