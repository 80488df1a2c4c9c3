<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\Component\Uuid\Uuid;
use Drupal\Core\Access\AccessResultReasonInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Field\FieldStorageDefinitionInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Puts the values of a draft request into an entity.
 *
 * A value is a scalar (the main property), an object of properties, or a list
 * of them; null empties the field. References are {"target_uuid": "..."}.
 */
final class FieldValues {

  public const array TEXT_TYPES = ['text', 'text_long', 'text_with_summary'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ProtectedFields $protectedFields,
    private readonly AgentScope $scope,
    private readonly PropertyShapes $shapes,
  ) {}

  /**
   * Sets the fields that may be set; the others become errors.
   *
   * @param array<string, mixed> $fields
   *   Decoded JSON by field name.
   *
   * @return string[]
   *   Names of the fields that were set.
   */
  public function apply(ContentEntityInterface $entity, array $fields, FieldErrors $errors): array {
    $set = [];
    foreach ($fields as $name => $value) {
      $name = (string) $name;
      $items = $this->editable($entity, $name, $errors);
      if ($items === NULL) {
        continue;
      }
      if ($this->assign($entity, $items, $value, $errors)) {
        $set[] = $name;
      }
    }
    return $set;
  }

  /**
   * Puts one value into its field.
   *
   * @throws \Drupal\background_agents\Draft\FieldException
   *   When the field fails while it takes the value.
   */
  private function assign(ContentEntityInterface $entity, FieldItemListInterface $items, mixed $value, FieldErrors $errors): bool {
    try {
      $converted = $this->convert($items, $value, $errors);
      if ($converted !== NULL) {
        $entity->set($items->getName(), $converted);
      }
      return $converted !== NULL;
    }
    catch (\Throwable $exception) {
      // Whatever a field type throws at a value: it is told with the field.
      throw new FieldException([$items->getName()], $exception);
    }
  }

  /**
   * Gives each field that the account may edit its value in another revision.
   */
  public function reset(ContentEntityInterface $entity, ContentEntityInterface $to): void {
    foreach ($entity->getFieldDefinitions() as $name => $definition) {
      if (!$this->protectedFields->isProtected($definition) && !$this->protectedFields->isComposite($definition) && $to->hasField($name)) {
        $entity->set($name, $to->get($name)->getValue());
      }
    }
  }

  private function editable(ContentEntityInterface $entity, string $name, FieldErrors $errors): ?FieldItemListInterface {
    if (!$entity->hasField($name)) {
      $errors->add('invalid', $name, sprintf('"%s" has no field "%s". Call describe_content for its fields.', $entity->bundle(), $name));
      return NULL;
    }
    $items = $entity->get($name);
    if ($this->protectedFields->isComposite($items->getFieldDefinition())) {
      $errors->add('unsupported_field', $name, sprintf('The field "%s" holds parts of the page, such as paragraphs or layout. Agents cannot edit it yet.', $name));
      return NULL;
    }
    $access = $items->access('edit', $this->scope->account(), TRUE);
    if (!$access->isAllowed()) {
      $reason = $access instanceof AccessResultReasonInterface ? (string) $access->getReason() : '';
      $errors->add('forbidden', $name, $reason ?: sprintf('The agent\'s account may not edit the field "%s".', $name));
      return NULL;
    }
    return $items;
  }

  /**
   * @return array<int, array<string, mixed>>|null
   *   Values for the field's items; NULL when there was an error.
   */
  private function convert(FieldItemListInterface $items, mixed $value, FieldErrors $errors): ?array {
    $list = match (TRUE) {
      $value === NULL => [],
      is_array($value) => $value,
      default => [$value],
    };
    $converted = [];
    $ok = TRUE;
    foreach ($list as $delta => $one) {
      $item = $this->item($items, (int) $delta, $one, $errors);
      $ok = $ok && $item !== NULL;
      $converted[] = $item ?? [];
    }
    return $ok ? $converted : NULL;
  }

  /**
   * @return array<string, mixed>|null
   */
  private function item(FieldItemListInterface $items, int $delta, mixed $value, FieldErrors $errors): ?array {
    $definition = $items->getFieldDefinition();
    $storage = $definition->getFieldStorageDefinition();
    $path = "{$items->getName()}/$delta";
    if (is_array($value) || $value === NULL) {
      $errors->add('invalid', $path, 'A value is a scalar or an object of properties.');
      return NULL;
    }
    $properties = $value instanceof \stdClass ? self::plain($value) : [(string) $storage->getMainPropertyName() => $value];
    if ($storage->getPropertyDefinition('entity') !== NULL) {
      $properties = $this->reference($items, $properties, $path, $errors);
      if ($properties === NULL) {
        return NULL;
      }
    }
    if (!$this->hasOnlyKnown($storage, $properties, $path, $errors) || !$this->shapes->check($storage, $properties, $path, $errors)) {
      return NULL;
    }
    return in_array($definition->getType(), self::TEXT_TYPES, TRUE)
      ? $this->withFormat($items, $delta, $properties, $path, $errors)
      : $properties;
  }

  private function hasOnlyKnown(FieldStorageDefinitionInterface $storage, array $properties, string $path, FieldErrors $errors): bool {
    $known = array_filter($storage->getPropertyNames(), static fn (string $name): bool => !$storage->getPropertyDefinition($name)->isComputed());
    $unknown = array_diff(array_map(strval(...), array_keys($properties)), $known);
    foreach ($unknown as $name) {
      $errors->add('invalid', "$path/$name", sprintf('There is no property "%s". Known: %s.', $name, implode(', ', $known)));
    }
    return $unknown === [];
  }

  /**
   * Turns target_uuid into the id that the field stores.
   *
   * What is referred to already may stay, even if the agent cannot read it.
   *
   * @return array<string, mixed>|null
   */
  private function reference(FieldItemListInterface $items, array $properties, string $path, FieldErrors $errors): ?array {
    $uuid = $properties['target_uuid'] ?? NULL;
    if (!is_string($uuid) || !Uuid::isValid($uuid)) {
      $errors->add('invalid', $path, 'Name the referenced item as {"target_uuid": "..."}.');
      return NULL;
    }
    $type = (string) $items->getSetting('target_type');
    $found = $this->entityTypeManager->getStorage($type)->loadByProperties(['uuid' => $uuid]);
    $target = reset($found);
    // Files are readable to whoever can name them; labels of others are enough.
    $operation = $type === 'file' ? 'view' : 'view label';
    $present = array_column($items->getValue(), 'target_id');
    if ($target === FALSE || !(in_array((string) $target->id(), array_map(strval(...), $present), TRUE) || $target->access($operation, $this->scope->account()))) {
      $errors->add('invalid', "$path/target_uuid", sprintf('There is no "%s" with the UUID %s that the agent may refer to.', $type, $uuid));
      return NULL;
    }
    unset($properties['target_uuid']);
    return ['target_id' => $target->id()] + $properties;
  }

  /**
   * Keeps the present text format, or takes one that the account may use.
   *
   * @return array<string, mixed>|null
   */
  private function withFormat(FieldItemListInterface $items, int $delta, array $properties, string $path, FieldErrors $errors): ?array {
    $account = $this->scope->account();
    $usable = self::formats($account, (array) ($items->getFieldDefinition()->getSetting('allowed_formats') ?? []));
    $properties['format'] ??= $items->get($delta)?->get('format')->getValue() ?? array_key_first($usable);
    if ($properties['format'] === NULL || !isset($usable[$properties['format']])) {
      $errors->add('invalid', "$path/format", sprintf('The text format "%s" may not be used here. Usable: %s.', $properties['format'] ?? '', implode(', ', array_keys($usable)) ?: 'none'));
      return NULL;
    }
    return $properties;
  }

  /**
   * Text formats that an account may use in a field.
   *
   * @param string[] $allowed
   *   The formats that the field is limited to; empty: all.
   *
   * @return array<string, \Drupal\filter\FilterFormatInterface>
   *   Keyed by id.
   */
  public static function formats(AccountInterface $account, array $allowed): array {
    $formats = function_exists('filter_formats') ? filter_formats($account) : [];
    return $allowed === [] ? $formats : array_intersect_key($formats, array_flip($allowed));
  }

  private static function plain(\stdClass $value): array {
    return json_decode(json_encode($value, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), TRUE, 512, JSON_THROW_ON_ERROR);
  }

}
