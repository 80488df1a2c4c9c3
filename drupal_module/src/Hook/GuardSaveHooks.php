<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\SaveGuard;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;

/**
 * The guard's second and third layer: normalise, enforce, confirm.
 */
final class GuardSaveHooks {

  public function __construct(
    private readonly SaveGuard $guard,
  ) {}

  /**
   * Implements hook_entity_presave(): before content moderation's.
   */
  #[Hook('entity_presave', order: Order::First)]
  public function normalise(EntityInterface $entity): void {
    $this->guard->normalise($entity);
  }

  /**
   * Implements hook_entity_presave(): after everybody's.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function enforce(EntityInterface $entity): void {
    $this->guard->enforce($entity);
  }

  /**
   * Implements hook_entity_insert() and hook_entity_update().
   */
  #[Hook('entity_insert', order: Order::Last)]
  #[Hook('entity_update', order: Order::Last)]
  public function confirm(EntityInterface $entity): void {
    $this->guard->confirm($entity);
  }

  /**
   * Implements hook_entity_predelete().
   */
  #[Hook('entity_predelete', order: Order::First)]
  public function refuseDelete(EntityInterface $entity): void {
    $this->guard->refuseDelete($entity);
  }

  /**
   * Implements hook_entity_translation_delete().
   */
  #[Hook('entity_translation_delete', order: Order::First)]
  public function refuseTranslationDelete(EntityInterface $translation): void {
    $this->guard->refuseTranslationDelete($translation);
  }

}
