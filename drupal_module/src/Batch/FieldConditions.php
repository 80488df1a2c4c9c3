<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Sql\DefaultTableMapping;
use Drupal\Core\Entity\Sql\SqlEntityStorageInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldStorageDefinitionInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Conditions of a query of content on what its fields hold.
 *
 * @internal
 */
final class FieldConditions {

  /**
   * Properties that can be empty by themselves, by type of field.
   */
  private const array PARTS = ['text_with_summary' => ['summary']];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityFieldManagerInterface $fieldManager,
  ) {}

  /**
   * The fields that can be looked for as empty.
   *
   * @param string $entityType
   *   The entity type.
   * @param string[] $bundles
   *   Its bundles.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   Who looks: fields that they may not see are not offered.
   *
   * @return array<string, string>
   *   Labels by name, or by name and property.
   */
  public function choices(string $entityType, array $bundles, AccountInterface $account): array {
    $choices = [];
    foreach ($bundles as $bundle) {
      foreach ($this->fieldManager->getFieldDefinitions($entityType, $bundle) as $name => $field) {
        if ($field->getFieldStorageDefinition()->isBaseField() || $this->mapping($entityType) === NULL || $field->isComputed() || !$this->maySee($field, $account)) {
          continue;
        }
        $choices[$name] = (string) $field->getLabel();
        foreach (self::PARTS[$field->getType()] ?? [] as $part) {
          $property = $field->getFieldStorageDefinition()->getPropertyDefinition($part);
          $choices["$name.$part"] = $field->getLabel() . ': ' . ($property?->getLabel() ?? $part);
        }
      }
    }
    asort($choices);
    return $choices;
  }

  /**
   * Adds the conditions of a filter: none finds out what one may not see.
   */
  public function add(SelectInterface $query, ContentEntityTypeInterface $definition, ItemFilter $filter, AccountInterface $account): void {
    if ($filter->emptyField !== NULL) {
      $this->addEmpty($query, $definition, $filter, $account);
    }
    if ($filter->term !== NULL) {
      $this->addTerm($query, $definition, $filter, $account);
    }
  }

  private function addEmpty(SelectInterface $query, ContentEntityTypeInterface $definition, ItemFilter $filter, AccountInterface $account): void {
    [$name, $part] = explode('.', "$filter->emptyField.");
    $storage = $this->fieldManager->getFieldStorageDefinitions($filter->entityType)[$name] ?? NULL;
    $having = $this->having($name, $filter, $account);
    if ($storage === NULL || $having === []) {
      $query->alwaysFalse();
      return;
    }
    $query->condition('d.' . $definition->getKey('bundle'), $having, 'IN');
    $column = $this->mapping($filter->entityType)?->getFieldColumnName($storage, $part ?: (string) $storage->getMainPropertyName());
    $query->notExists($this->values($query, $definition, $storage)->condition("f.$column", '', '<>')->isNotNull("f.$column"));
  }

  private function addTerm(SelectInterface $query, ContentEntityTypeInterface $definition, ItemFilter $filter, AccountInterface $account): void {
    $any = $query->orConditionGroup()->alwaysFalse();
    foreach ($this->fieldManager->getFieldStorageDefinitions((string) $definition->id()) as $name => $storage) {
      if ($storage->getType() === 'entity_reference' && $storage->getSetting('target_type') === 'taxonomy_term' && !$storage->isBaseField() && $this->having((string) $name, $filter, $account) !== []) {
        $any->exists($this->values($query, $definition, $storage)->condition("f.{$name}_target_id", $filter->term)->condition('f.bundle', $this->having((string) $name, $filter, $account), 'IN'));
      }
    }
    $query->condition($any);
  }

  /**
   * The bundles of a filter with a field that an account may see.
   *
   * @return list<string>
   *   Some of its bundles.
   */
  private function having(string $name, ItemFilter $filter, AccountInterface $account): array {
    return array_values(array_filter($filter->bundles, function (string $bundle) use ($name, $filter, $account): bool {
      $field = $this->fieldManager->getFieldDefinitions($filter->entityType, $bundle)[$name] ?? NULL;
      return $field !== NULL && $this->maySee($field, $account);
    }));
  }

  private function maySee(FieldDefinitionInterface $field, AccountInterface $account): bool {
    return $this->entityTypeManager->getAccessControlHandler($field->getTargetEntityTypeId())->fieldAccess('view', $field, $account);
  }

  /**
   * The values of a field of the item, for EXISTS.
   */
  private function values(SelectInterface $query, ContentEntityTypeInterface $definition, FieldStorageDefinitionInterface $storage): SelectInterface {
    $table = $this->mapping((string) $definition->id())?->getDedicatedDataTableName($storage);
    $values = $query->getConnection()->select((string) $table, 'f');
    $values->addExpression('1');
    return $values->where("[f].[entity_id] = [d].[{$definition->getKey('id')}] AND [f].[langcode] = [d].[{$definition->getKey('langcode')}] AND [f].[deleted] = 0");
  }

  private function mapping(string $entityType): ?DefaultTableMapping {
    $storage = $this->entityTypeManager->getStorage($entityType);
    $mapping = $storage instanceof SqlEntityStorageInterface ? $storage->getTableMapping() : NULL;
    return $mapping instanceof DefaultTableMapping ? $mapping : NULL;
  }

}
