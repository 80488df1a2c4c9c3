<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldConfigInterface;

/**
 * The fields of content that people edit, as forms offer them.
 *
 * @internal
 */
final class EditableFields {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityFieldManagerInterface $fields,
    private readonly StoredValues $values,
  ) {}

  /**
   * Labels of the fields that at least one of some bundles has.
   *
   * @return array<string, string>
   *   Labels by name.
   */
  public function labels(string $entity_type, array $bundles): array {
    $type = $this->entityTypeManager->getDefinition($entity_type);
    $labels = [];
    foreach ($bundles as $bundle) {
      foreach ($this->fields->getFieldDefinitions($entity_type, (string) $bundle) as $name => $definition) {
        $isOffered = $definition instanceof FieldConfigInterface || $name === $type->getKey('label') || $definition->isDisplayConfigurable('form');
        if ($isOffered && $this->values->isEditable($definition)) {
          $labels[$name] ??= (string) $definition->getLabel();
        }
      }
    }
    asort($labels);
    // Two fields with one label are told apart by their names.
    $counts = array_count_values($labels);
    array_walk($labels, static function (string &$label, string $name) use ($counts): void {
      $label = $counts[$label] > 1 ? "$label ($name)" : $label;
    });
    return $labels;
  }

}
