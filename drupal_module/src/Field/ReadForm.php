<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Field\FieldItemInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\TypedData\TypedDataInternalPropertiesHelper;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\Serializer\Normalizer\NormalizerInterface;

/**
 * How reading shows the values of a field.
 *
 * Agents read by JSON:API and write back what they read: dates with the site's
 * offset, references by UUID. Whatever Drupal's normalizers make of a property
 * is known here, for each field type, so that it can be told from a change.
 *
 * @internal
 */
final class ReadForm {

  public const string TARGET = 'target_uuid';

  private const string FORMAT = 'api_json';

  public function __construct(
    #[Autowire(service: 'serializer')]
    private readonly NormalizerInterface $serializer,
  ) {}

  /**
   * Returns properties by name, for each item.
   *
   * @return list<array<string, mixed>>
   *   Properties by name, for each item.
   */
  public function ofList(FieldItemListInterface $items): array {
    $shown = [];
    foreach ($items as $item) {
      $shown[] = $this->of($item);
    }
    return $shown;
  }

  /**
   * Whether the field holds references; those are shown by UUID.
   */
  public static function isReference(FieldItemListInterface $items): bool {
    return $items->getFieldDefinition()->getFieldStorageDefinition()->getPropertyDefinition('entity') !== NULL;
  }

  /**
   * Returns the properties of an item as reading shows them.
   *
   * @return array<string, mixed>
   */
  private function of(FieldItemInterface $item): array {
    $properties = TypedDataInternalPropertiesHelper::getNonInternalProperties($item);
    if ($properties === []) {
      return (array) $item->getValue();
    }
    $shown = [];
    foreach ($properties as $name => $property) {
      if ($name !== 'entity') {
        $shown[$name] = self::plain($this->serializer->normalize($property, self::FORMAT, ['field_definition' => $item->getFieldDefinition()]));
      }
    }
    return $item->getFieldDefinition()->getFieldStorageDefinition()->getPropertyDefinition('entity') === NULL ? $shown : self::byUuid($item, $shown);
  }

  /**
   * The target's UUID and type in the place of its id.
   */
  private static function byUuid(FieldItemInterface $item, array $shown): array {
    $target = $item->get('entity')->getValue();
    unset($shown[(string) $item::mainPropertyName()]);
    if ($target === NULL) {
      return [self::TARGET => NULL, 'missing' => TRUE] + $shown;
    }
    return [self::TARGET => $target->uuid(), 'target_type' => "{$target->getEntityTypeId()}--{$target->bundle()}"] + $shown;
  }

  /**
   * Values as JSON would have them.
   */
  private static function plain(mixed $value): mixed {
    return match (TRUE) {
      $value instanceof MarkupInterface => (string) $value,
      $value instanceof \ArrayObject => array_map(self::plain(...), $value->getArrayCopy()),
      is_array($value) => array_map(self::plain(...), $value),
      default => $value,
    };
  }

}
