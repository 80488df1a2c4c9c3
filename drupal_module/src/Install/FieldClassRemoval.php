<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Guard\RevisionIdItemList;
use Drupal\Core\Entity\EntityLastInstalledSchemaRepositoryInterface;
use Drupal\Core\Field\BaseFieldDefinition;
use Drupal\Core\KeyValueStore\KeyValueStoreInterface;

/**
 * Takes our class out of what core remembers of other modules' fields.
 *
 * Core keeps the definition of a field as it is when its entity type is
 * installed, with what modules have altered then.
 *
 * @internal
 */
final class FieldClassRemoval {

  private const string SUFFIX = '.field_storage_definitions';

  public function __construct(
    private readonly EntityLastInstalledSchemaRepositoryInterface $repository,
    private readonly KeyValueStoreInterface $installed,
  ) {}

  /**
   * Changes the definitions that name it.
   */
  public function run(): void {
    foreach (array_keys($this->installed->getAll()) as $name) {
      if (!str_ends_with($name, self::SUFFIX)) {
        continue;
      }
      foreach ($this->repository->getLastInstalledFieldStorageDefinitions(substr($name, 0, -strlen(self::SUFFIX))) as $field) {
        if ($field instanceof BaseFieldDefinition && $field->getClass() === RevisionIdItemList::class) {
          unset($field['class']);
          $this->repository->setLastInstalledFieldStorageDefinition($field);
        }
      }
    }
  }

}
