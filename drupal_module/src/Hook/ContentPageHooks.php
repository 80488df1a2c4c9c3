<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Ui\ContentNotes;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Names the agent on the page of a draft, such as that of the latest version.
 *
 * @internal
 */
final class ContentPageHooks {

  /**
   * Implements hook_entity_view_alter().
   *
   * Pages that visitors see are left alone. What is said depends on who looks,
   * so it is built apart from what is cached.
   */
  #[Hook('entity_view_alter')]
  public function viewAlter(array &$build, EntityInterface $entity): void {
    if (!$entity instanceof ContentEntityInterface || ($build['#view_mode'] ?? '') !== 'full' || !$entity->getEntityType()->isRevisionable() || AgentAccess::isNeverWritten($entity->getEntityTypeId())) {
      return;
    }
    $isPublished = $entity->isDefaultRevision() && (!$entity instanceof EntityPublishedInterface || $entity->isPublished());
    if ($isPublished || $entity->isNew() || ($entity->in_preview ?? FALSE)) {
      return;
    }
    $build['background_agents'] = [
      '#lazy_builder' => [
        ContentNotes::class . ':onPage',
        [$entity->getEntityTypeId(), (int) $entity->getRevisionId(), $entity->language()->getId()],
      ],
      '#create_placeholder' => TRUE,
      '#weight' => -1000,
    ];
  }

}
