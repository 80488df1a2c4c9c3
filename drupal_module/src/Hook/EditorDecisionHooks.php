<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Watches what people do with content that has an agent's draft.
 *
 * @internal
 */
final class EditorDecisionHooks {

  public function __construct(
    private readonly EditorDecisions $decisions,
    private readonly AgentScope $scope,
  ) {}

  /**
   * Implements hook_entity_update().
   */
  #[Hook('entity_update')]
  public function update(EntityInterface $entity): void {
    if ($this->isWatched($entity)) {
      $this->decisions->onSave($entity);
    }
  }

  /**
   * Implements hook_entity_delete().
   */
  #[Hook('entity_delete')]
  public function delete(EntityInterface $entity): void {
    if ($this->isWatched($entity)) {
      $this->decisions->onDelete($entity);
    }
  }

  /**
   * Implements hook_entity_revision_delete().
   */
  #[Hook('entity_revision_delete')]
  public function revisionDelete(EntityInterface $revision): void {
    if ($this->isWatched($revision)) {
      $this->decisions->onDelete($revision, NULL, (int) $revision->getRevisionId());
    }
  }

  /**
   * Implements hook_entity_translation_delete().
   */
  #[Hook('entity_translation_delete')]
  public function translationDelete(EntityInterface $translation): void {
    if ($this->isWatched($translation)) {
      $this->decisions->onDelete($translation, $translation->language()->getId());
    }
  }

  /**
   * Types that agents never write have no drafts; asking would cost a query.
   *
   * @phpstan-assert-if-true \Drupal\Core\Entity\ContentEntityInterface $entity
   */
  private function isWatched(EntityInterface $entity): bool {
    return $entity instanceof ContentEntityInterface
      && $entity->getEntityType()->isRevisionable()
      && !AgentAccess::isNeverWritten($entity->getEntityTypeId())
      && !$this->scope->isActive();
  }

}
