<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * The text formats that the stored texts of a field are in.
 *
 * @internal
 */
final class FormatsInUse {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The formats of the texts that a bundle has now.
   *
   * @return array<string, \Drupal\filter\FilterFormatInterface>
   *   Formats by id.
   */
  public function of(string $type, string $bundle, FieldDefinitionInterface $field): array {
    if ($field->isComputed() || $field->getFieldStorageDefinition()->hasCustomStorage() || !$this->entityTypeManager->hasDefinition('filter_format')) {
      return [];
    }
    $query = $this->entityTypeManager->getStorage($type)->getAggregateQuery()->accessCheck(FALSE)->groupBy($field->getName() . '.format');
    $key = (string) $this->entityTypeManager->getDefinition($type)->getKey('bundle');
    if ($key !== '') {
      $query->condition($key, $bundle);
    }
    /** @var array<array<string, mixed>> $rows */
    $rows = $query->execute();
    $ids = array_filter(array_map(static fn (array $row): string => (string) reset($row), $rows));
    return $this->entityTypeManager->getStorage('filter_format')->loadMultiple(array_values($ids));
  }

}
