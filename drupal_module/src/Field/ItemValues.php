<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Field\FieldStorageDefinitionInterface;

/**
 * Lays the values of a request over those that a field holds.
 *
 * What an item does not name stays: the summary beside a text, the options of
 * a link, the text format. What is given as reading shows it is not touched.
 *
 * @internal
 */
final class ItemValues {

  private const array REFERENCE = [ReadForm::TARGET, 'target_type', 'missing'];

  public function __construct(
    private readonly ReadForm $readForm,
    private readonly PropertyShapes $shapes,
    private readonly PropertyValues $properties,
    private readonly References $references,
    private readonly AgentScope $scope,
  ) {}

  /**
   * The items of a request, each as its properties by name.
   *
   * @return list<array<string, mixed>>|null
   *   NULL when there was an error.
   */
  public function given(FieldItemListInterface $items, mixed $value, FieldErrors $errors): ?array {
    if ($value !== NULL && !is_array($value) && count($items) > 1 && !$items->getEntity()->isNew()) {
      $errors->add('invalid', $items->getName(), sprintf('The field holds %d values. Give a list of all that it shall hold; the others would be lost.', count($items)));
      return NULL;
    }
    $given = [];
    $ok = TRUE;
    foreach ($value === NULL ? [] : (is_array($value) ? $value : [$value]) as $delta => $one) {
      $properties = $this->propertiesOf($items, $one);
      if ($properties === NULL) {
        $errors->add('invalid', "{$items->getName()}/$delta", 'A value is a scalar or an object of properties.');
        $ok = FALSE;
        continue;
      }
      $given[] = $properties;
    }
    return $ok ? $given : NULL;
  }

  /**
   * Whether a request gives all of a field's values as reading shows them.
   *
   * @param list<array<string, mixed>> $given
   *   As given() returns them.
   */
  public function isAsRead(FieldItemListInterface $items, array $given): bool {
    $present = $this->readForm->ofList($items);
    foreach ($given as $delta => $item) {
      if (!isset($present[$delta]) || !ItemPairs::isPart($item, $present[$delta])) {
        return FALSE;
      }
    }
    return count($given) === count($present);
  }

  /**
   * The values that a field holds with the request laid over them.
   *
   * @param list<array<string, mixed>> $given
   *   As given() returns them.
   * @param int[] $kept
   *   Takes the deltas of items that are as they were.
   *
   * @return list<array<string, mixed>>|null
   *   NULL when there was an error.
   */
  public function merge(FieldItemListInterface $items, array $given, FieldErrors $errors, array &$kept): ?array {
    $present = $this->readForm->ofList($items);
    $isReference = ReadForm::isReference($items);
    $identity = $isReference ? ReadForm::TARGET : $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName();
    $merged = [];
    foreach (ItemPairs::find($given, $present, $identity, $isReference) as $delta => $from) {
      $stored = $from === NULL ? [] : $items->get($from)->getValue();
      $shown = $from === NULL ? [] : $present[$from];
      $changes = array_filter($given[$delta], static fn (mixed $value, string $name): bool => !array_key_exists($name, $shown) || !ItemPairs::isSame($value, $shown[$name]), ARRAY_FILTER_USE_BOTH);
      if ($from !== NULL && $changes === []) {
        $kept[] = $delta;
        $merged[$delta] = $stored;
        continue;
      }
      if (isset($changes['target_type'])) {
        $changes += array_intersect_key($given[$delta], [ReadForm::TARGET => TRUE]);
      }
      $merged[$delta] = $this->item($items, $delta, $stored, $changes, $errors);
    }
    ksort($merged);
    return in_array(NULL, $merged, TRUE) ? NULL : $merged;
  }

  /**
   * Returns the properties that a value of a request gives.
   *
   * @return array<string, mixed>|null
   */
  private function propertiesOf(FieldItemListInterface $items, mixed $value): ?array {
    if ($value instanceof \stdClass) {
      return json_decode(json_encode($value, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), TRUE, 512, JSON_THROW_ON_ERROR);
    }
    $main = ReadForm::isReference($items) ? ReadForm::TARGET : $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName();
    return is_scalar($value) && $main !== NULL ? [$main => $value] : NULL;
  }

  /**
   * Returns the properties of one item.
   *
   * @param array<string, mixed> $stored
   *   The item's values so far; empty for a new one.
   * @param array<string, mixed> $changes
   *   What the request gives otherwise.
   *
   * @return array<string, mixed>|null
   *   NULL when there was an error.
   */
  private function item(FieldItemListInterface $items, int $delta, array $stored, array $changes, FieldErrors $errors): ?array {
    $path = "{$items->getName()}/$delta";
    $storage = $items->getFieldDefinition()->getFieldStorageDefinition();
    $values = $stored;
    $ok = TRUE;
    if (ReadForm::isReference($items)) {
      $values = $this->referring($items, $stored, $changes, $path, $errors);
      $ok = $values !== NULL;
      $changes = array_diff_key($changes, array_flip(self::REFERENCE));
    }
    if (!self::hasOnlyKnown($storage, $changes, $path, $errors) || !$this->shapes->check($storage, $changes, $path, $errors)) {
      return NULL;
    }
    foreach ($changes as $name => $value) {
      try {
        $values[$name] = $items->getFieldDefinition()->getType() === 'link' && $name === 'options'
          ? LinkOptions::merge((array) ($stored['options'] ?? []), $value)
          : $this->properties->stored($items->getFieldDefinition(), $name, $value);
      }
      catch (\InvalidArgumentException $refusal) {
        $errors->add('invalid', "$path/$name", $refusal->getMessage());
        $ok = FALSE;
      }
    }
    return $ok ? $this->completed($items, $values, $path, $errors) : NULL;
  }

  /**
   * Adds the reference that an item of a request names.
   *
   * @return array<string, mixed>|null
   */
  private function referring(FieldItemListInterface $items, array $stored, array $changes, string $path, FieldErrors $errors): ?array {
    if ($stored !== [] && array_intersect_key($changes, array_flip(self::REFERENCE)) === []) {
      return $stored;
    }
    try {
      $id = $this->references->idOf($items, $changes[ReadForm::TARGET] ?? NULL, $changes['target_type'] ?? NULL);
      return [(string) $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName() => $id] + $stored;
    }
    catch (\InvalidArgumentException $refusal) {
      $errors->add('invalid', array_key_exists(ReadForm::TARGET, $changes) ? "$path/" . ReadForm::TARGET : $path, $refusal->getMessage());
      return NULL;
    }
  }

  private static function hasOnlyKnown(FieldStorageDefinitionInterface $storage, array $properties, string $path, FieldErrors $errors): bool {
    $known = array_filter($storage->getPropertyNames(), static fn (string $name): bool => !$storage->getPropertyDefinition($name)->isComputed());
    $unknown = array_diff(array_map(strval(...), array_keys($properties)), $known);
    foreach ($unknown as $name) {
      $errors->add('invalid', "$path/$name", sprintf('There is no property "%s" that can be set. Known: %s.', $name, implode(', ', $known)));
    }
    return $unknown === [];
  }

  /**
   * What a field type asks of an item besides what the request names.
   *
   * @return array<string, mixed>|null
   *   NULL when there was an error.
   */
  private function completed(FieldItemListInterface $items, array $values, string $path, FieldErrors $errors): ?array {
    $definition = $items->getFieldDefinition();
    return match ($definition->getType()) {
      'text', 'text_long', 'text_with_summary' => $this->formatted($items, $values, $path, $errors),
      'daterange' => self::inOrder($values, $path, $errors),
      // A file is shown unless it is said to be hidden, as the form has it.
      'file' => $values + ['display' => (int) (!$definition->getSetting('display_field') || $definition->getSetting('display_default'))],
      default => $values,
    };
  }

  /**
   * Keeps the present text format, or takes one that the account may use.
   *
   * @return array<string, mixed>|null
   */
  private function formatted(FieldItemListInterface $items, array $values, string $path, FieldErrors $errors): ?array {
    $usable = FieldValues::formats($this->scope->account(), (array) ($items->getFieldDefinition()->getSetting('allowed_formats') ?? []));
    $values['format'] ??= array_key_first($usable);
    if (!is_string($values['format']) || !isset($usable[$values['format']])) {
      $errors->add('invalid', "$path/format", sprintf('The text format "%s" may not be used here. Usable: %s.', is_scalar($values['format']) ? $values['format'] : '', implode(', ', array_keys($usable)) ?: 'none'));
      return NULL;
    }
    return $values;
  }

  /**
   * Puts properties into the order in which they are set.
   *
   * @return array<string, mixed>|null
   */
  private static function inOrder(array $values, string $path, FieldErrors $errors): ?array {
    if (is_string($values['value'] ?? NULL) && is_string($values['end_value'] ?? NULL) && $values['end_value'] !== '' && $values['end_value'] < $values['value']) {
      $errors->add('invalid', "$path/end_value", 'The end is before the start.');
      return NULL;
    }
    return $values;
  }

}
