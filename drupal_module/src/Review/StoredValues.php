<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemInterface;
use Drupal\Core\Field\FieldItemListInterface;

/**
 * Reads the stored values of a revision in one normal form.
 *
 * Values that differ only by what Drupal's forms, editors and storage do to
 * them when nobody changes anything are the same here. Reviews and the
 * measurement of outcomes compare by it, too.
 *
 * @internal
 */
final class StoredValues {

  private const array TEXT_TYPES = ['text', 'text_long', 'text_with_summary'];

  private const array NUMBER_TYPES = ['decimal', 'float', 'integer', 'list_float', 'list_integer', 'timestamp'];

  /**
   * Kept up by Drupal, or by a form without being asked, by field type.
   */
  private const array DERIVED = [
    'image' => ['width', 'height'],
    'address' => ['langcode'],
    'entity_reference_revisions' => ['target_revision_id'],
  ];

  /**
   * What a form stores where nothing was set, by field type and property.
   */
  private const array DEFAULTS = ['file' => ['display' => '1'], 'boolean' => ['value' => '0']];

  /**
   * Parts of parts are read down to this depth.
   */
  private const int DEPTH = 4;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ProtectedFields $protectedFields,
    private readonly TextBlocks $texts,
  ) {}

  /**
   * Returns lists of normal values, by field: those that a person can edit.
   *
   * @return array<string, list<mixed>>
   *   Lists of normal values, by field: those that a person can edit.
   */
  public function of(ContentEntityInterface $translation): array {
    return $this->fields($translation, self::DEPTH);
  }

  /**
   * Returns lists of normal values of some fields.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   The translation.
   * @param string[] $names
   *   Names of fields; those that a person cannot edit are left out.
   *
   * @return array<string, list<mixed>>
   *   Lists of normal values, by field.
   */
  public function only(ContentEntityInterface $translation, array $names): array {
    $values = [];
    foreach ($names as $name) {
      if ($translation->hasField($name) && $this->isEditable($translation->getFieldDefinition($name))) {
        $values[$name] = $this->items($translation->get($name), self::DEPTH);
      }
    }
    return $values;
  }

  /**
   * Returns normal values of stored items, as if they stood in a translation.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   The translation; it is not changed.
   * @param array<string, list<mixed>> $items
   *   Stored items by field.
   *
   * @return array<string, list<mixed>>
   *   Normal values by field, of those fields that the translation has.
   */
  public function ofItems(ContentEntityInterface $translation, array $items): array {
    $copy = clone $translation;
    $values = [];
    foreach ($items as $name => $list) {
      if ($copy->hasField($name) && $this->isEditable($copy->getFieldDefinition($name))) {
        $copy->set($name, $list);
        $values[$name] = $this->items($copy->get($name), self::DEPTH);
      }
    }
    return $values;
  }

  private function fields(ContentEntityInterface $entity, int $depth): array {
    $values = [];
    foreach ($entity->getFieldDefinitions() as $name => $definition) {
      if ($this->isEditable($definition)) {
        $values[$name] = $this->items($entity->get($name), $depth);
      }
    }
    return $values;
  }

  /**
   * Identity, state, times and what is computed belong to the revision.
   */
  public function isEditable(FieldDefinitionInterface $definition): bool {
    $type = $this->entityTypeManager->getDefinition($definition->getTargetEntityTypeId());
    $own = array_map($type->getKey(...), [
      'id',
      'revision',
      'uuid',
      'bundle',
      'langcode',
      'default_langcode',
      'published',
      'revision_translation_affected',
    ]);
    return !$definition->isComputed()
      && !in_array($definition->getType(), ['changed', 'comment'], TRUE)
      && !in_array($definition->getName(), [
        ...$own,
        ...($type instanceof ContentEntityTypeInterface ? $type->getRevisionMetadataKeys() : []),
        'moderation_state',
        'parent_id',
        'parent_type',
        'parent_field_name',
        'behavior_settings',
      ], TRUE)
      && !str_starts_with($definition->getName(), 'content_translation_');
  }

  private function items(FieldItemListInterface $items, int $depth): array {
    $values = [];
    foreach ($items as $item) {
      if (!$item->isEmpty()) {
        $values[] = $this->item($item, $depth);
      }
    }
    $type = $items->getFieldDefinition()->getType();
    return $values === [] && $type === 'boolean' ? [self::DEFAULTS['boolean']] : $values;
  }

  private function item(FieldItemInterface $item, int $depth): mixed {
    $definition = $item->getFieldDefinition();
    $part = $this->protectedFields->isComposite($definition) && $item->getDataDefinition()->getPropertyDefinition('entity') !== NULL ? $item->get('entity')->getValue() : NULL;
    if ($part instanceof ContentEntityInterface && $depth > 0) {
      $langcode = $item->getLangcode();
      return [
        'bundle' => $part->bundle(),
        'fields' => $this->fields($part->hasTranslation($langcode) ? $part->getTranslation($langcode) : $part, $depth - 1),
      ];
    }
    $type = $definition->getType();
    $values = [];
    foreach (array_diff(array_keys($definition->getFieldStorageDefinition()->getColumns()), self::DERIVED[$type] ?? []) as $name) {
      $values[$name] = $this->property($item, (string) $name, $type);
    }
    $values = array_filter($values, static fn (mixed $value): bool => !in_array($value, [NULL, '', []], TRUE)) + (self::DEFAULTS[$type] ?? []);
    ksort($values);
    return $values;
  }

  private function property(FieldItemInterface $item, string $name, string $type): mixed {
    // A map has no properties that are known, only values.
    $value = $item->getDataDefinition()->getPropertyDefinition($name) === NULL ? $item->getValue()[$name] ?? NULL : $item->get($name)->getValue();
    return match (TRUE) {
      is_bool($value) => $value ? '1' : '0',
      is_object($value) => self::plain(method_exists($value, 'toArray') ? $value->toArray() : (array) $value),
      is_array($value) => self::plain($value),
      $value === NULL => NULL,
      in_array($type, self::TEXT_TYPES, TRUE) && in_array($name, ['value', 'summary'], TRUE) => $this->texts->of((string) $value, (string) $item->get('format')->getValue()),
      in_array($type, self::NUMBER_TYPES, TRUE) => self::number((string) $value),
      default => self::lines((string) $value),
    };
  }

  /**
   * Text of a field without format: line ends, and blanks at the ends.
   */
  private static function lines(string $text): string {
    return trim((string) preg_replace('/[ \t]*(?:\r\n|\r|\n)/', "\n", $text));
  }

  /**
   * Writes a number in one way: "12.50" and "12.5" are the same.
   */
  private static function number(string $number): string {
    $plain = preg_match('/^-?\d+\.\d+$/D', $number) === 1 ? rtrim(rtrim($number, '0'), '.') : $number;
    return $plain === '-0' ? '0' : $plain;
  }

  /**
   * A map without what is empty, in one order; lists keep theirs.
   */
  private static function plain(array $values): array {
    $plain = array_filter(
      array_map(static fn (mixed $value): mixed => is_array($value) ? self::plain($value) : $value, $values),
      static fn (mixed $value): bool => !in_array($value, [NULL, '', []], TRUE),
    );
    if (!array_is_list($values)) {
      ksort($plain);
    }
    return $plain;
  }

}
