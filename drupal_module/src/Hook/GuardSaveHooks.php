<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\DeleteGuard;
use Drupal\background_agents\Guard\DryRunGuard;
use Drupal\background_agents\Guard\Refusals;
use Drupal\background_agents\Guard\RevisionIdItemList;
use Drupal\background_agents\Guard\SaveGuard;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Field\BaseFieldDefinition;
use Drupal\Core\Field\FieldItemList;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;

/**
 * The guard's second and third layer: normalise, enforce, confirm; deletions.
 *
 * @internal
 */
final class GuardSaveHooks {

  public function __construct(
    private readonly SaveGuard $guard,
    private readonly DeleteGuard $deleteGuard,
    private readonly DryRunGuard $dryRuns,
    private readonly Refusals $refusals,
  ) {}

  /**
   * Implements hook_entity_presave(): before content moderation's.
   */
  #[Hook('entity_presave', order: Order::First)]
  public function normalise(EntityInterface $entity): void {
    $this->refusals->noting(function () use ($entity): void {
      $this->dryRuns->refuse($entity);
      $this->guard->normalise($entity);
    });
  }

  /**
   * Implements hook_entity_presave(): after everybody's.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function enforce(EntityInterface $entity): void {
    $this->refusals->noting(fn () => $this->guard->enforce($entity));
  }

  /**
   * Implements hook_entity_insert() and hook_entity_update(): after all others.
   */
  #[Hook('entity_insert', order: Order::Last)]
  #[Hook('entity_update', order: Order::Last)]
  public function confirm(EntityInterface $entity): void {
    $this->refusals->noting(fn () => $this->guard->confirm($entity));
  }

  /**
   * Implements hook_entity_predelete().
   */
  #[Hook('entity_predelete', order: Order::First)]
  public function refuseDelete(EntityInterface $entity): void {
    $this->deleteGuard->refuseDelete($entity);
  }

  /**
   * Implements hook_entity_translation_delete().
   */
  #[Hook('entity_translation_delete', order: Order::First)]
  public function refuseTranslationDelete(EntityInterface $translation): void {
    $this->deleteGuard->refuseTranslationDelete($translation);
  }

  /**
   * Implements hook_entity_revision_delete().
   *
   * For types whose revision id is not the guard's list; here it is too late
   * to keep the revision, unless a transaction is open.
   */
  #[Hook('entity_revision_delete', order: Order::First)]
  public function refuseRevisionDelete(EntityInterface $revision): void {
    $this->deleteGuard->refuseRevisionDelete($revision);
  }

  /**
   * Implements hook_entity_base_field_info_alter().
   */
  #[Hook('entity_base_field_info_alter', order: Order::Last)]
  public function watchRevisions(array &$fields, EntityTypeInterface $type): void {
    $id = $fields[(string) $type->getKey('revision')] ?? NULL;
    if ($id instanceof BaseFieldDefinition && ltrim($id->getClass(), '\\') === FieldItemList::class) {
      $id->setClass(RevisionIdItemList::class);
    }
  }

}
