<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preset;

use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * A content type that a preset can work on.
 *
 * @internal
 */
final readonly class ContentFit {

  /**
   * Sets what FittingContent found.
   *
   * @param string $entityType
   *   The entity type.
   * @param string $bundle
   *   The bundle.
   * @param string $label
   *   Its name for people.
   * @param array<string, \Drupal\Core\Field\FieldDefinitionInterface> $fields
   *   The fields that fit, by name; at least one.
   * @param string|null $workflow
   *   The label of its workflow; NULL when it is not moderated.
   */
  public function __construct(
    public string $entityType,
    public string $bundle,
    public string $label,
    public array $fields,
    public ?string $workflow,
  ) {}

  /**
   * The same with one of its fields.
   */
  public function withField(string $name): self {
    return new self($this->entityType, $this->bundle, $this->label, array_intersect_key($this->fields, [$name => TRUE]), $this->workflow);
  }

  /**
   * Names of the fields for people, by name.
   *
   * @return array<string, string>
   *   The labels.
   */
  public function fieldLabels(): array {
    return array_map(static fn (FieldDefinitionInterface $field): string => (string) $field->getLabel(), $this->fields);
  }

  /**
   * The vocabularies that its fields take terms of.
   *
   * @return list<string>
   *   Ids of vocabularies.
   */
  public function vocabularies(): array {
    $found = [];
    foreach ($this->fields as $field) {
      if ($field->getSetting('target_type') === 'taxonomy_term') {
        $found = [...$found, ...array_values((array) ($field->getSetting('handler_settings')['target_bundles'] ?? []))];
      }
    }
    return array_values(array_unique(array_map(strval(...), $found)));
  }

}
