<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\Core\Field\FieldStorageDefinitionInterface;
use Drupal\Core\TypedData\DataDefinitionInterface;
use Drupal\Core\TypedData\PrimitiveInterface;

/**
 * Refuses JSON that a property cannot hold, before Drupal's code meets it.
 *
 * Typed data takes any PHP value, and validators expect the right kind: a list
 * as a title is a TypeError in one of them.
 *
 * @internal
 */
final class PropertyShapes {

  /**
   * Tells whether all properties have the shape that is stored.
   *
   * @param \Drupal\Core\Field\FieldStorageDefinitionInterface $storage
   *   The field.
   * @param array<string, mixed> $properties
   *   Decoded JSON by property.
   * @param string $path
   *   Field and delta, for the pointer.
   * @param \Drupal\background_agents\Field\FieldErrors $errors
   *   Gets what is wrong.
   *
   * @return bool
   *   Whether all of them fit.
   */
  public function check(FieldStorageDefinitionInterface $storage, array $properties, string $path, FieldErrors $errors): bool {
    $ok = TRUE;
    foreach ($properties as $name => $value) {
      $wanted = $this->wanted($storage->getPropertyDefinition((string) $name), $value);
      if ($wanted !== NULL) {
        $errors->add('invalid', "$path/$name", sprintf('"%s" takes %s.', $name, $wanted));
        $ok = FALSE;
      }
    }
    return $ok;
  }

  /**
   * What the property takes instead; NULL when the value fits.
   */
  private function wanted(?DataDefinitionInterface $definition, mixed $value): ?string {
    if ($definition === NULL || $value === NULL) {
      return NULL;
    }
    $isPrimitive = is_a((string) $definition->getClass(), PrimitiveInterface::class, TRUE);
    return match (TRUE) {
      $isPrimitive && !is_scalar($value) => 'text or a number, not a list or an object',
      $definition->getDataType() === 'map' && !is_array($value) => 'an object',
      default => NULL,
    };
  }

}
