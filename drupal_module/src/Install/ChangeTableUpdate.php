<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Entity\Handler\ChangeStorageSchema;
use Drupal\background_agents\Entity\Handler\RunStorageSchema;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Entity\EntityLastInstalledSchemaRepositoryInterface;
use Drupal\Core\KeyValueStore\KeyValueStoreInterface;

/**
 * Brings the table of changes to what lists of drafts need.
 *
 * Core refuses to change a column with data in it, and takes an index for made
 * as soon as a field is added. So this speaks to the database, and then to what
 * core remembers.
 *
 * @internal
 */
final class ChangeTableUpdate {

  private const string TABLE = 'background_agents_change';

  private const string UUID = 'target_uuid';

  public function __construct(
    private readonly Connection $database,
    private readonly KeyValueStoreInterface $schemas,
    private readonly EntityLastInstalledSchemaRepositoryInterface $installed,
    private readonly EntityFieldManagerInterface $fields,
  ) {}

  /**
   * Changes the column, and makes the indexes of changes and runs.
   */
  public function run(): void {
    $this->uuids();
    $this->indexes(self::TABLE, ChangeStorageSchema::INDEXES);
    $this->indexes('background_agents_run', RunStorageSchema::INDEXES);
  }

  /**
   * Makes an ASCII column of the UUIDs of changed content. Safe to repeat.
   *
   * Content's own are ASCII: a join with other text reads all of the content.
   */
  public function uuids(): void {
    $key = self::TABLE . '.field_schema_data.' . self::UUID;
    $known = $this->schemas->get($key);
    $known[self::TABLE]['fields'][self::UUID]['type'] = 'varchar_ascii';
    $this->database->schema()->changeField(self::TABLE, self::UUID, self::UUID, $known[self::TABLE]['fields'][self::UUID]);
    $this->schemas->set($key, $known);
    $this->installed->setLastInstalledFieldStorageDefinition($this->fields->getFieldStorageDefinitions(self::TABLE)[self::UUID]);
  }

  /**
   * Makes the indexes of an entity type that are not there. Safe to repeat.
   *
   * @param string $table
   *   The table of the entity type.
   * @param array<string, list<string>> $indexes
   *   Names of columns by name of the index.
   */
  public function indexes(string $table, array $indexes): void {
    foreach ($indexes as $name => $columns) {
      $fields = array_map(fn (string $column): mixed => $this->schemas->get("$table.field_schema_data.$column")[$table]['fields'][$column] ?? NULL, array_combine($columns, $columns));
      // A later update may add a column, and its index with it.
      if (!in_array(NULL, $fields, TRUE) && !$this->database->schema()->indexExists($table, $name)) {
        $this->database->schema()->addIndex($table, $name, $columns, ['fields' => $fields]);
      }
    }
  }

}
