<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * Fields that an agent never edits, and references that version 1 cannot make.
 *
 * @internal
 */
final class ProtectedFields {

  /**
   * By name, for every entity type. Those of an entity type's keys follow.
   */
  private const array NAMES = [
    'moderation_state', 'path', 'created', 'changed', 'promote', 'sticky', 'menu', 'menu_link', 'comment',
    'content_translation_source', 'content_translation_outdated', 'content_translation_uid', 'content_translation_status',
    'content_translation_created', 'layout_builder__layout', 'revision_log',
  ];

  /**
   * Keys of an entity type whose fields decide identity, owner or visibility.
   */
  private const array KEYS = [
    'id',
    'revision',
    'uuid',
    'bundle',
    'langcode',
    'default_langcode',
    'owner',
    'uid',
    'published',
    'revision_translation_affected',
  ];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly WidgetPermissions $widgetPermissions,
    private readonly FieldLimits $limits,
  ) {}

  /**
   * Whether an agent may never edit the field, whatever its permissions.
   */
  public function isProtected(FieldDefinitionInterface $field): bool {
    $type = $this->entityTypeManager->getDefinition($field->getTargetEntityTypeId());
    return $field->isComputed() || $field->isReadOnly() || $field->getType() === 'comment'
      || in_array($field->getName(), $this->namesFor($type), TRUE);
  }

  /**
   * Whether the field holds parts of its host, such as paragraphs or layout.
   */
  public function isComposite(FieldDefinitionInterface $field): bool {
    if (in_array($field->getType(), [
      'entity_reference_revisions',
      'layout_section',
      'layout_section_data',
      'component_tree',
    ], TRUE)) {
      return TRUE;
    }
    $target = $field->getSetting('target_type');
    if (!is_string($target) || !$this->entityTypeManager->hasDefinition($target)) {
      return FALSE;
    }
    return $this->entityTypeManager->getDefinition($target)->get('entity_revision_parent_type_field') !== NULL;
  }

  /**
   * Whether the field points to files, which agents do not upload by JSON:API.
   */
  public static function isFile(FieldDefinitionInterface $field): bool {
    return in_array($field->getType(), ['file', 'image'], TRUE) || $field->getSetting('target_type') === 'file';
  }

  /**
   * Refuses a save that changes what an agent must not.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   What is being saved.
   * @param string[] $except
   *   Names of fields that may differ.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When a save changes what an agent must not, such as owner or path.
   */
  public function refuseChanges(ContentEntityInterface $entity, array $except = []): void {
    $before = $entity->isNew() ? NULL : $this->stored($entity);
    if ($entity->isNew() || $before !== NULL) {
      $this->limits->refuseChanges($entity, $before, $this->isProtected(...));
    }
    if ($entity->isNew()) {
      $this->refuseOnCreation($entity);
      return;
    }
    $langcode = $entity->language()->getId();
    if ($before === NULL || !$before->hasTranslation($langcode)) {
      return;
    }
    $before = $before->getTranslation($langcode);
    foreach (array_diff([...$this->watched($entity), ...$this->widgetPermissions->closed($entity)], $except) as $name) {
      if (!$entity->get($name)->equals($before->get($name))) {
        throw GuardException::forbidden(sprintf('Agents do not change the field "%s".', $name));
      }
    }
  }

  private function refuseOnCreation(ContentEntityInterface $entity): void {
    foreach ($this->widgetPermissions->closed($entity) as $name) {
      if (!$entity->get($name)->isEmpty()) {
        throw GuardException::forbidden(sprintf('Agents do not set the field "%s".', $name));
      }
    }
    if ($entity->hasField('path') && (string) ($entity->get('path')->alias ?? '') !== '') {
      throw GuardException::forbidden('Agents do not set path aliases.');
    }
  }

  /**
   * The revision that a save is made from, as the database has it.
   */
  private function stored(ContentEntityInterface $entity): ?ContentEntityInterface {
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $stored = $storage instanceof RevisionableStorageInterface && $entity->getEntityType()->isRevisionable()
      ? $storage->loadRevisionUnchanged($entity->getLoadedRevisionId())
      : $storage->loadUnchanged($entity->id());
    return $stored instanceof ContentEntityInterface ? $stored : NULL;
  }

  /**
   * Fields whose stored value must stay as it is.
   *
   * State, time and revision data are the guard's own to set; a computed path
   * is compared because saving it writes an alias that is live at once.
   *
   * @return string[]
   */
  private function watched(ContentEntityInterface $entity): array {
    $names = ['promote', 'sticky', 'created', 'path'];
    foreach (['owner', 'uid', 'default_langcode', 'langcode', 'bundle', 'uuid'] as $key) {
      $names[] = (string) $entity->getEntityType()->getKey($key);
    }
    return array_filter(array_unique($names), static fn (string $name): bool => $name !== '' && $entity->hasField($name));
  }

  /**
   * Returns the fields of an entity type that agents must not set.
   *
   * @return string[]
   */
  private function namesFor(EntityTypeInterface $type): array {
    $keys = array_filter(array_map(static fn (string $key): string => (string) $type->getKey($key), self::KEYS));
    return array_merge(self::NAMES, $keys, $type instanceof ContentEntityTypeInterface ? $type->getRevisionMetadataKeys() : []);
  }

}
