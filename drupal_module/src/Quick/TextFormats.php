<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Preset\ContentFit;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\filter\FilterFormatInterface;

/**
 * Which text formats somebody needs to write the fields of a content type.
 *
 * A text in a format that its writer may not use cannot be changed.
 *
 * @internal
 */
final class TextFormats {

  private const array TYPES = ['text', 'text_long', 'text_with_summary'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The permissions for the formats that the fields are in now.
   *
   * @return list<string>
   *   Names of permissions. Where there is no text yet, that of the format
   *   which the person begins with.
   */
  public function permissions(ContentFit $content): array {
    $texts = array_filter($content->fields, static fn (FieldDefinitionInterface $field): bool => in_array($field->getType(), self::TYPES, TRUE));
    $ids = [];
    foreach ($texts as $field) {
      $ids = [...$ids, ...$this->inUse($content, $field)];
    }
    if ($texts !== [] && $ids === []) {
      $usable = filter_formats($this->currentUser);
      $ids = array_keys(array_slice(array_filter($usable, static fn (FilterFormatInterface $format): bool => (string) $format->getPermissionName() !== ''), 0, 1));
    }
    $formats = $this->entityTypeManager->hasDefinition('filter_format') ? $this->entityTypeManager->getStorage('filter_format')->loadMultiple(array_unique($ids)) : [];
    // The fallback format has no permission: everybody has it.
    return array_values(array_filter(array_map(static fn (FilterFormatInterface $format): string => (string) $format->getPermissionName(), $formats)));
  }

  /**
   * The formats of the stored texts of a field.
   *
   * @return list<string>
   *   Ids of formats.
   */
  private function inUse(ContentFit $content, FieldDefinitionInterface $field): array {
    $bundle = $this->entityTypeManager->getDefinition($content->entityType)->getKey('bundle');
    $query = $this->entityTypeManager->getStorage($content->entityType)->getAggregateQuery()->accessCheck(FALSE)->groupBy($field->getName() . '.format');
    if ($bundle !== FALSE && $bundle !== '') {
      $query->condition($bundle, $content->bundle);
    }
    /** @var array<array<string, mixed>> $rows */
    $rows = $query->execute();
    return array_values(array_filter(array_map(static fn (array $row): string => (string) reset($row), $rows)));
  }

}
