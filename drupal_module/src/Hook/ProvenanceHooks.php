<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\WithinSave;
use Drupal\background_agents\Review\Provenance\Disclosure;
use Drupal\background_agents\Review\Provenance\ProvenanceRecorder;
use Drupal\background_agents\Review\Provenance\ProvenanceStore;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\user\UserInterface;

/**
 * Keeps by whom revisions were written, and forgets it with them.
 *
 * @internal
 */
final class ProvenanceHooks {

  public function __construct(
    private readonly ProvenanceRecorder $recorder,
    private readonly ProvenanceStore $store,
    private readonly Disclosure $disclosure,
    private readonly WithinSave $withinSave,
  ) {}

  /**
   * Implements hook_entity_presave().
   */
  #[Hook('entity_presave')]
  public function before(EntityInterface $entity): void {
    if (self::isKept($entity)) {
      $this->withinSave->attempt(fn () => $this->recorder->before($entity), 'It could not be told what was published before a save');
      $this->withinSave->attempt(fn () => $this->disclosure->record($entity), 'It could not be recorded with AI Disclosure that an agent wrote');
    }
  }

  /**
   * Implements hook_entity_update(): a version was made from another one.
   */
  #[Hook('entity_update')]
  public function saved(EntityInterface $entity): void {
    if (self::isKept($entity)) {
      $this->withinSave->attempt(fn () => $this->recorder->saved($entity), 'It could not be kept by whom a version was written');
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_update(): a person has accepted a draft.
   */
  #[Hook('background_agents_change_update')]
  public function decided(Change $change): void {
    $uid = (int) $change->get('decided_by')->target_id;
    $before = $change->getOriginal();
    if ($uid > 0 && $change->getStatus() === Change::ACCEPTED && $before instanceof Change && $before->isPending()) {
      $this->recorder->accepted($change, $uid);
    }
  }

  /**
   * Implements hook_entity_delete().
   */
  #[Hook('entity_delete')]
  public function deleted(EntityInterface $entity): void {
    if (self::isKept($entity)) {
      $this->withinSave->attempt(fn () => $this->store->forget($entity), 'It could not be forgotten by whom deleted content was written');
    }
  }

  /**
   * Implements hook_entity_revision_delete().
   */
  #[Hook('entity_revision_delete')]
  public function revisionDeleted(EntityInterface $revision): void {
    if (self::isKept($revision)) {
      $this->withinSave->attempt(fn () => $this->store->forget($revision, NULL, (int) $revision->getRevisionId()), 'It could not be forgotten by whom a deleted version was written');
    }
  }

  /**
   * Implements hook_entity_translation_delete().
   */
  #[Hook('entity_translation_delete')]
  public function translationDeleted(EntityInterface $translation): void {
    if (self::isKept($translation)) {
      $this->withinSave->attempt(fn () => $this->store->forget($translation, $translation->language()->getId()), 'It could not be forgotten by whom a deleted translation was written');
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_delete(): who checked is forgotten.
   */
  #[Hook('user_delete')]
  public function personDeleted(UserInterface $account): void {
    $this->store->erase((int) $account->id());
  }

  /**
   * Types that agents never write hold nothing of theirs.
   *
   * @phpstan-assert-if-true \Drupal\Core\Entity\ContentEntityInterface $entity
   */
  private static function isKept(EntityInterface $entity): bool {
    return $entity instanceof ContentEntityInterface && $entity->getEntityType()->isRevisionable() && !AgentAccess::isNeverWritten($entity->getEntityTypeId());
  }

}
