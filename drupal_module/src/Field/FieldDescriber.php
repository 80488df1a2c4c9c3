<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Field\FieldStorageDefinitionInterface;

/**
 * Describes the fields of an item so that a model can fill them.
 *
 * @internal
 */
final class FieldDescriber {

  /**
   * The longest list of allowed values that is told.
   */
  private const int MAX_ALLOWED_VALUES = 100;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly ProtectedFields $protectedFields,
  ) {}

  /**
   * Describes the fields of an item for a model.
   *
   * @return array<string, array<string, mixed>>
   *   By field name: label, type, required, multiple, cardinality (0: no end),
   *   readable, writable, example, and what limits its values. Fields that the
   *   account may neither read nor write are left out.
   */
  public function describe(ContentEntityInterface $sample): array {
    $described = [];
    foreach ($sample->getFieldDefinitions() as $name => $definition) {
      $items = $sample->get($name);
      if ($this->isInternal($definition)) {
        continue;
      }
      $field = $this->describeField($definition, $items);
      if ($field['readable'] || $field['writable']) {
        $described[$name] = $field;
      }
    }
    return $described;
  }

  private function isInternal(FieldDefinitionInterface $definition): bool {
    return $this->protectedFields->isProtected($definition) || $definition->isInternal();
  }

  private function describeField(FieldDefinitionInterface $definition, FieldItemListInterface $items): array {
    $account = $this->scope->account();
    $storage = $definition->getFieldStorageDefinition();
    $cardinality = $storage->getCardinality();
    $described = [
      'label' => (string) $definition->getLabel(),
      'type' => $definition->getType(),
      'required' => $definition->isRequired(),
      'multiple' => $storage->isMultiple(),
      'cardinality' => $cardinality === FieldStorageDefinitionInterface::CARDINALITY_UNLIMITED ? 0 : $cardinality,
      'readable' => $items->access('view', $account),
      'writable' => !$this->protectedFields->isComposite($definition) && $items->access('edit', $account),
    ];
    if ((string) $definition->getDescription() !== '') {
      $described['description'] = trim(strip_tags((string) $definition->getDescription()));
    }
    return $described + $this->limits($definition, $items) + ['example' => $this->example($definition, $items)];
  }

  private function limits(FieldDefinitionInterface $definition, FieldItemListInterface $items): array {
    $limits = [];
    $length = $definition->getSetting('max_length');
    if (is_numeric($length) && $length > 0) {
      $limits['max_length'] = (int) $length;
    }
    if (in_array($definition->getType(), FieldValues::TEXT_TYPES, TRUE)) {
      $limits['formats'] = $this->formats($definition);
    }
    $allowed = $this->allowedValues($definition, $items);
    if ($allowed !== []) {
      $limits['allowed_values'] = (object) array_slice($allowed, 0, self::MAX_ALLOWED_VALUES, TRUE);
    }
    $target = $definition->getSetting('target_type');
    if (is_string($target)) {
      $bundles = array_values((array) ($definition->getSetting('handler_settings')['target_bundles'] ?? []));
      $limits['target'] = ['entity_type' => $target] + ($bundles === [] ? [] : ['bundles' => $bundles]);
    }
    return $limits;
  }

  /**
   * Returns the text formats that a field takes.
   *
   * @return string[]
   */
  private function formats(FieldDefinitionInterface $definition): array {
    return array_keys(FieldValues::formats($this->scope->account(), (array) ($definition->getSetting('allowed_formats') ?? [])));
  }

  /**
   * Returns the labels of the allowed values, by value.
   *
   * @return array<string|int, string>
   *   Labels by value.
   */
  private function allowedValues(FieldDefinitionInterface $definition, FieldItemListInterface $items): array {
    if (!str_starts_with($definition->getType(), 'list_')) {
      return [];
    }
    return array_map(strval(...), options_allowed_values($definition->getFieldStorageDefinition(), $items->getEntity()));
  }

  /**
   * A value as the draft endpoint takes it.
   */
  private function example(FieldDefinitionInterface $definition, FieldItemListInterface $items): mixed {
    $value = match ($definition->getType()) {
      'text', 'text_long', 'text_with_summary' => [
        'value' => '<p>Text</p>',
        'format' => $this->formats($definition)[0] ?? 'plain_text',
      ],
      'boolean' => TRUE,
      'integer', 'list_integer' => array_key_first($this->allowedValues($definition, $items)) ?? 1,
      'float', 'decimal', 'list_float' => array_key_first($this->allowedValues($definition, $items)) ?? 1.5,
      'list_string' => array_key_first($this->allowedValues($definition, $items)) ?? 'value',
      'timestamp', 'created' => '2026-01-31T12:00:00+00:00',
      'datetime' => $definition->getSetting('datetime_type') === 'date' ? '2026-01-31' : '2026-01-31T12:00:00+00:00',
      'daterange' => $definition->getSetting('datetime_type') === 'datetime'
        ? ['value' => '2026-01-31T12:00:00+00:00', 'end_value' => '2026-01-31T13:00:00+00:00']
        : ['value' => '2026-01-31', 'end_value' => '2026-01-31'],
      'link' => ['uri' => 'https://example.com/', 'title' => 'Example'],
      'email' => 'someone@example.com',
      'image' => ['target_uuid' => '00000000-0000-4000-8000-000000000000', 'alt' => 'What the picture shows'],
      'string', 'string_long', 'telephone' => 'Text',
      default => is_string($definition->getSetting('target_type'))
        ? ['target_uuid' => '00000000-0000-4000-8000-000000000000']
        : array_fill_keys($this->properties($definition), '...'),
    };
    return $definition->getFieldStorageDefinition()->isMultiple() ? [$value] : $value;
  }

  /**
   * Returns names of the properties that are stored.
   *
   * @return string[]
   *   Names of the properties that are stored.
   */
  private function properties(FieldDefinitionInterface $definition): array {
    $storage = $definition->getFieldStorageDefinition();
    return array_values(array_filter($storage->getPropertyNames(), static fn (string $name): bool => !$storage->getPropertyDefinition($name)->isComputed()));
  }

}
