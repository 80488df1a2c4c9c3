<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;

/**
 * Fields of content.
 */
trait FieldCreation {

  /**
   * Adds a field to a content type, and to a further one if it is there.
   *
   * @param string $name
   *   Its name.
   * @param string $type
   *   Its type.
   * @param string $bundle
   *   The content type.
   * @param int $cardinality
   *   How many values it takes; -1: any number.
   * @param array<string, mixed> $storage
   *   Settings of its storage.
   * @param array<string, mixed> $values
   *   Values of the field itself, such as its label and settings.
   */
  protected function field(string $name, string $type, string $bundle = 'article', int $cardinality = 1, array $storage = [], array $values = []): void {
    if (FieldStorageConfig::loadByName('node', $name) === NULL) {
      FieldStorageConfig::create(['field_name' => $name, 'entity_type' => 'node', 'type' => $type, 'cardinality' => $cardinality, 'settings' => $storage])->save();
    }
    FieldConfig::create($values + ['field_name' => $name, 'entity_type' => 'node', 'bundle' => $bundle, 'label' => str_starts_with($name, 'field_') ? $name : ucfirst($name)])->save();
  }

}
