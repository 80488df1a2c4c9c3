<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Database\Schema;
use Drupal\Core\Entity\EntityDefinitionUpdateManagerInterface;

/**
 * Adds tables, columns and fields to a site that is there already.
 *
 * All of it is safe to repeat: what is there is left as it is.
 *
 * @internal
 */
final class SchemaUpdate {

  public function __construct(
    private readonly Schema $schema,
    private readonly EntityDefinitionUpdateManagerInterface $definitions,
  ) {}

  /**
   * Makes tables that are not there.
   *
   * @param array<string, array<string, mixed>> $tables
   *   Tables as in hook_schema(), by name.
   */
  public function tables(array $tables): void {
    foreach ($tables as $name => $table) {
      if (!$this->schema->tableExists($name)) {
        $this->schema->createTable($name, $table);
      }
    }
  }

  /**
   * Adds columns that are not there to a table.
   *
   * @param string $table
   *   The table.
   * @param array<string, array<string, mixed>> $columns
   *   Columns as in hook_schema(), by name.
   */
  public function columns(string $table, array $columns): void {
    foreach ($columns as $name => $column) {
      if (!$this->schema->fieldExists($table, $name)) {
        $this->schema->addField($table, $name, $column);
      }
    }
  }

  /**
   * Changes the type of a column.
   *
   * @param string $table
   *   The table.
   * @param string $column
   *   Its column.
   * @param array<string, mixed> $type
   *   As in hook_schema().
   */
  public function change(string $table, string $column, array $type): void {
    $this->schema->changeField($table, $column, $column, $type);
  }

  /**
   * Adds fields that are not there to an entity type.
   *
   * Storage must know the present handlers before: else it loses our indexes.
   *
   * @param string $type
   *   The entity type.
   * @param array<string, \Drupal\Core\Field\BaseFieldDefinition> $fields
   *   The fields, by name.
   */
  public function fields(string $type, array $fields): void {
    foreach ($fields as $name => $field) {
      if ($this->definitions->getFieldStorageDefinition($name, $type) === NULL) {
        $this->definitions->installFieldStorageDefinition($name, $type, 'background_agents', $field);
      }
    }
  }

  /**
   * Makes the indexes of entity types anew where they are not as they should.
   *
   * @param string ...$types
   *   The entity types. All columns of their indexes have to be there.
   */
  public function indexes(string ...$types): void {
    foreach ($types as $type) {
      $installed = $this->definitions->getEntityType($type);
      assert($installed !== NULL);
      $this->definitions->updateEntityType($installed);
    }
  }

}
