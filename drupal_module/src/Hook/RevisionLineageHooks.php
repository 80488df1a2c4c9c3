<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Guard\WithinSave;
use Drupal\background_agents\Review\RevisionLineage;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;

/**
 * Judges whose work a save holds, before anybody reacts to it.
 *
 * @internal
 */
final class RevisionLineageHooks {

  public function __construct(
    private readonly RevisionLineage $revisions,
    private readonly Origin $origin,
    private readonly WithinSave $withinSave,
  ) {}

  /**
   * Implements hook_entity_presave(): with the state and values of all others.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function judge(EntityInterface $entity): void {
    if ($this->revisions->isKept($entity) && !$entity->isSyncing()) {
      $this->withinSave->attempt(fn () => $this->revisions->judge($entity), 'It could not be told whose work a save holds');
    }
  }

  /**
   * Implements hook_entity_insert() and hook_entity_update(): the first one.
   */
  #[Hook('entity_insert', order: Order::First)]
  #[Hook('entity_update', order: Order::First)]
  public function keep(EntityInterface $entity): void {
    if ($this->revisions->isKept($entity)) {
      $this->origin->enter($entity);
      $this->withinSave->attempt(fn () => $this->revisions->keep($entity), 'It could not be kept whose work a save holds');
    }
  }

  /**
   * Implements hook_entity_insert() and hook_entity_update(): the last one.
   */
  #[Hook('entity_insert', order: Order::Last)]
  #[Hook('entity_update', order: Order::Last)]
  public function leave(EntityInterface $entity): void {
    if ($this->revisions->isKept($entity)) {
      $this->origin->leave($entity);
    }
  }

  /**
   * Implements hook_entity_delete().
   */
  #[Hook('entity_delete')]
  public function forget(EntityInterface $entity): void {
    if ($this->revisions->isKept($entity)) {
      $this->withinSave->attempt(fn () => $this->revisions->forget($entity), 'It could not be forgotten whose work deleted content held');
    }
  }

  /**
   * Implements hook_entity_translation_delete().
   */
  #[Hook('entity_translation_delete')]
  public function forgetTranslation(EntityInterface $translation): void {
    if ($this->revisions->isKept($translation)) {
      $this->withinSave->attempt(fn () => $this->revisions->forget($translation, $translation->language()->getId()), 'It could not be forgotten whose work a deleted translation held');
    }
  }

}
