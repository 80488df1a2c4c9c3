<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\EntityReferenceFieldItemListInterface;
use Drupal\Core\Field\FieldItemListInterface;

/**
 * Parts of a page, such as paragraphs, that are stored when their page is.
 *
 * A new revision of a page stores its parts again, before any hook of the page
 * runs. That is fine for an agent's draft, and for nothing else: a part that is
 * saved by itself, or as the default revision, would change what visitors see.
 *
 * @internal
 */
final class CompositeChildren {

  private const int MAX_DEPTH = 10;

  public function __construct(
    private readonly SavesUnderway $saves,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Whether entities of a type are parts of others.
   */
  public static function isPart(EntityTypeInterface $type): bool {
    return $type->get('entity_revision_parent_type_field') !== NULL;
  }

  /**
   * Whether an entity is saved along with a draft that holds it.
   *
   * It must be a new revision that is not the default one, or one that says
   * what the default revision says already.
   */
  public function isSavedByHost(EntityInterface $entity): bool {
    return $entity instanceof ContentEntityInterface
      && self::isPart($entity->getEntityType())
      && !$entity->isNew() && !$entity->isSyncing() && $entity->isNewRevision()
      && $this->isHeld($entity)
      && (!$entity->isDefaultRevision() || $this->isUnchanged($entity));
  }

  private function isHeld(ContentEntityInterface $part): bool {
    foreach ($this->saves->hosts() as $host) {
      if (self::holds($host, $part, self::MAX_DEPTH)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * By UUID, for the field loads parts anew while it stores them.
   */
  private static function holds(ContentEntityInterface $host, ContentEntityInterface $part, int $depth): bool {
    foreach (self::parts($host) as $held) {
      if ($held->uuid() === $part->uuid() || ($depth > 0 && self::holds($held, $part, $depth - 1))) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Returns the parts that an item holds directly.
   *
   * @return iterable<\Drupal\Core\Entity\ContentEntityInterface>
   */
  private static function parts(ContentEntityInterface $host): iterable {
    foreach ($host->getFields(FALSE) as $items) {
      if ($items instanceof EntityReferenceFieldItemListInterface && $items->getFieldDefinition()->getType() === 'entity_reference_revisions') {
        foreach ($items->referencedEntities() as $entity) {
          if ($entity instanceof ContentEntityInterface && self::isPart($entity->getEntityType())) {
            yield $entity;
          }
        }
      }
    }
  }

  /**
   * Whether a page holds the same parts with the same values as before.
   */
  public static function areSame(EntityReferenceFieldItemListInterface $items, EntityReferenceFieldItemListInterface $former): bool {
    $parts = array_values($items->referencedEntities());
    $others = array_values($former->referencedEntities());
    if (count($parts) !== count($others)) {
      return FALSE;
    }
    foreach ($parts as $i => $part) {
      if (!$part instanceof ContentEntityInterface || !$others[$i] instanceof ContentEntityInterface || !self::isSameTree($part, $others[$i])) {
        return FALSE;
      }
    }
    return TRUE;
  }

  private static function isSameField(EntityReferenceFieldItemListInterface $items, FieldItemListInterface $former): bool {
    return $former instanceof EntityReferenceFieldItemListInterface && self::areSame($items, $former);
  }

  /**
   * Whether a part and all parts in it have the values of another revision.
   */
  private static function isSameTree(ContentEntityInterface $part, ContentEntityInterface $other): bool {
    if ($part->uuid() !== $other->uuid() || !self::hasSameValues($part, $other)) {
      return FALSE;
    }
    foreach ($part->getFields(FALSE) as $name => $items) {
      if ($items instanceof EntityReferenceFieldItemListInterface && $items->getFieldDefinition()->getType() === 'entity_reference_revisions'
        && !self::isSameField($items, $other->get($name))) {
        return FALSE;
      }
    }
    return TRUE;
  }

  /**
   * Whether every translation holds the values of the default revision.
   */
  private function isUnchanged(ContentEntityInterface $part): bool {
    $stored = $this->entityTypeManager->getStorage($part->getEntityTypeId())->loadUnchanged($part->id());
    return $stored instanceof ContentEntityInterface && self::hasSameValues($part, $stored);
  }

  private static function hasSameValues(ContentEntityInterface $part, ContentEntityInterface $stored): bool {
    if (array_keys($stored->getTranslationLanguages()) !== array_keys($part->getTranslationLanguages())) {
      return FALSE;
    }
    foreach (array_keys($part->getTranslationLanguages()) as $langcode) {
      if (self::values($part->getTranslation($langcode)) !== self::values($stored->getTranslation($langcode))) {
        return FALSE;
      }
    }
    return TRUE;
  }

  /**
   * Values by field. Revisions of parts differ with each save of their host.
   *
   * @return array<string, mixed>
   */
  private static function values(ContentEntityInterface $entity): array {
    $type = $entity->getEntityType();
    assert($type instanceof ContentEntityTypeInterface);
    $own = [
      (string) $type->getKey('revision'),
      (string) $type->getKey('revision_translation_affected'),
      'changed',
      ...array_values($type->getRevisionMetadataKeys()),
    ];
    $values = [];
    foreach ($entity->getFields(FALSE) as $name => $items) {
      if (!in_array($name, $own, TRUE)) {
        $values[$name] = array_map(self::properties(...), $items->getValue());
      }
    }
    return $values;
  }

  /**
   * Properties that are set, in the form of the database.
   *
   * @return array<string, string>
   */
  private static function properties(array $item): array {
    $set = array_filter(array_diff_key($item, ['target_revision_id' => 0, 'entity' => 0]), static fn (mixed $value): bool => $value !== NULL);
    ksort($set);
    return array_map(static fn (mixed $value): string => is_scalar($value) ? (string) $value : json_encode($value, JSON_THROW_ON_ERROR), $set);
  }

}
