<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\EntityReferenceFieldItemListInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemListInterface;

/**
 * Holds a save to the fields that the agent's binding names for the bundle.
 *
 * Whoever set a value, the agent or code of the site within the save: what is
 * outside of the list stays as it was.
 *
 * @internal
 */
final class FieldLimits {

  /**
   * Protected fields that hold words of the page: they stay, too.
   */
  private const array LAYOUT = ['layout_section', 'layout_section_data', 'component_tree'];

  /**
   * Types whose default depends on the time at which it is asked.
   */
  private const array MOVING = ['datetime', 'daterange'];

  public function __construct(
    private readonly AgentScope $scope,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Refuses a save that changes a field outside of the agent's list.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   What is being saved, in the language that it changes.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $before
   *   The revision that it is made from; NULL for a creation.
   * @param callable(\Drupal\Core\Field\FieldDefinitionInterface): bool $isProtected
   *   Tells whether other rules hold for a field.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function refuseChanges(ContentEntityInterface $entity, ?ContentEntityInterface $before, callable $isProtected): void {
    $closed = $this->closed($entity, $isProtected);
    $former = $closed === [] ? [] : $this->former($entity, $before);
    foreach ($closed as $name => $definition) {
      if ($before === NULL && self::isMoving($definition)) {
        continue;
      }
      $kept = array_filter($former, static fn (ContentEntityInterface $one): bool => $one->hasField($name) && self::isSame($entity->get($name), $one->get($name)));
      if ($kept === []) {
        throw GuardException::forbidden(sprintf('The save changes the field "%s" of "%s", which is not among the fields that the agent may write. If the site itself sets it with each save, add it to them.', $name, $entity->bundle()));
      }
    }
  }

  /**
   * Returns the stored fields that the agent's list leaves out.
   *
   * @return array<string, \Drupal\Core\Field\FieldDefinitionInterface>
   *   Definitions by name.
   */
  private function closed(ContentEntityInterface $entity, callable $isProtected): array {
    $type = $entity->getEntityTypeId();
    $bundle = $entity->bundle();
    // A creation may be saved again within its save.
    $operations = match (TRUE) {
      $entity->isNew() => ['create'],
      $this->scope->mayTouch($type, $bundle, ['revise']) => ['revise'],
      default => ['create', 'revise'],
    };
    return array_filter(
      $entity->getFieldDefinitions(),
      fn (FieldDefinitionInterface $field): bool => !$field->isComputed()
        && (!$isProtected($field) || in_array($field->getType(), self::LAYOUT, TRUE))
        && !$this->scope->mayWriteField($type, $bundle, $field->getName(), $operations),
    );
  }

  /**
   * Returns what the fields may be like: what they were, or never filled.
   *
   * @return \Drupal\Core\Entity\ContentEntityInterface[]
   *   The former translation; for a new one its source and an empty item.
   */
  private function former(ContentEntityInterface $entity, ?ContentEntityInterface $before): array {
    $langcode = $entity->language()->getId();
    if ($before?->hasTranslation($langcode)) {
      return [$before->getTranslation($langcode)];
    }
    $type = $entity->getEntityType();
    $values = array_filter([
      (string) $type->getKey('bundle') => $entity->bundle(),
      (string) $type->getKey('langcode') => $langcode,
    ], static fn (string $key): bool => $key !== '', ARRAY_FILTER_USE_KEY);
    $empty = $this->entityTypeManager->getStorage($type->id())->create($values);
    assert($empty instanceof ContentEntityInterface);
    return $before === NULL ? [$empty] : [$before->getUntranslated(), $empty];
  }

  private static function isMoving(FieldDefinitionInterface $field): bool {
    return (string) $field->getDefaultValueCallback() !== ''
      || (in_array($field->getType(), self::MOVING, TRUE) && $field->getDefaultValueLiteral() !== []);
  }

  /**
   * Parts of a page are stored anew with each save: their values count.
   */
  private static function isSame(FieldItemListInterface $items, FieldItemListInterface $former): bool {
    return $items instanceof EntityReferenceFieldItemListInterface && $items->getFieldDefinition()->getType() === 'entity_reference_revisions'
      && $former instanceof EntityReferenceFieldItemListInterface
      ? CompositeChildren::areSame($items, $former)
      : $items->equals($former);
  }

}
