<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Names the content that a run is about, as the contract of a job does.
 *
 * @internal
 */
final class ContentReference {

  /**
   * The content as it stands in a job's trigger.
   *
   * @return array<string, mixed>
   *   As trigger.entity of the job.
   */
  public static function of(ContentEntityInterface $entity): array {
    $revision = (int) $entity->getRevisionId();
    return [
      'entity_type' => $entity->getEntityTypeId(),
      'bundle' => $entity->bundle(),
      'uuid' => $entity->uuid(),
      'id' => (string) $entity->id(),
      'langcode' => $entity->language()->getId(),
      'label' => mb_substr((string) $entity->label(), 0, 255),
    ] + ($revision > 0 ? ['revision' => $revision] : []);
  }

}
