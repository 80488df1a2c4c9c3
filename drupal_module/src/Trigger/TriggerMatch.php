<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;

/**
 * Whether a content change is one that a trigger waits for.
 *
 * @internal
 */
final class TriggerMatch {

  /**
   * Tells whether a change of content sets off a trigger.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   A trigger of the type "content".
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The content as it was saved or deleted.
   * @param string $operation
   *   One of insert, update, delete.
   */
  public function fits(Trigger $trigger, ContentEntityInterface $entity, string $operation): bool {
    $settings = $trigger->getSettings();
    return $settings['entity_type'] === $entity->getEntityTypeId()
      && in_array($operation, $settings['operations'], TRUE)
      && self::isOneOf($entity->bundle(), $settings['bundles'])
      && self::isOneOf($entity->language()->getId(), $settings['langcodes'])
      && $this->revisionFits($settings['revisions'], $entity, $operation);
  }

  private static function isOneOf(string $value, array $allowed): bool {
    return $allowed === [] || in_array($value, $allowed, TRUE);
  }

  private function revisionFits(string $which, ContentEntityInterface $entity, string $operation): bool {
    return match ($which) {
      'any' => TRUE,
      'state_change' => $operation !== 'update' || $this->stateChanged($entity),
      default => $entity->isDefaultRevision() && (!$entity instanceof EntityPublishedInterface || $entity->isPublished()),
    };
  }

  /**
   * Whether the moderation state changed, or the status where there is none.
   */
  private function stateChanged(ContentEntityInterface $entity): bool {
    $original = $entity->getOriginal();
    if (!$original instanceof ContentEntityInterface) {
      return TRUE;
    }
    $langcode = $entity->language()->getId();
    if (!$original->hasTranslation($langcode)) {
      return TRUE;
    }
    return $this->state($entity) !== $this->state($original->getTranslation($langcode));
  }

  private function state(ContentEntityInterface $entity): string {
    $state = $entity->hasField('moderation_state') ? $entity->get('moderation_state')->value : NULL;
    return $state ?? ($entity instanceof EntityPublishedInterface && $entity->isPublished() ? '1' : '0');
  }

}
