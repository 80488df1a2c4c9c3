<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * Fields in which Scheduler and its companion keep what is planned.
 *
 * @internal
 */
final class Calendar {

  /**
   * Fields with dates, and what happens to the item then.
   */
  public const array DATES = ['publish_on' => 'published', 'unpublish_on' => 'unpublished'];

  private const array FIELDS = ['publish_on', 'unpublish_on', 'publish_state', 'unpublish_state'];

  private const array PROVIDERS = ['scheduler', 'scheduler_content_moderation_integration'];

  /**
   * Whether a field plans that an item is published or unpublished.
   */
  public static function plans(FieldDefinitionInterface $field): bool {
    return in_array($field->getName(), self::FIELDS, TRUE)
      && in_array($field->getFieldStorageDefinition()->getProvider(), self::PROVIDERS, TRUE);
  }

  /**
   * Whether an item has one of the dates as a field of Scheduler.
   */
  public static function isDate(ContentEntityInterface $entity, string $name): bool {
    return $entity->hasField($name) && self::plans($entity->getFieldDefinition($name));
  }

}
