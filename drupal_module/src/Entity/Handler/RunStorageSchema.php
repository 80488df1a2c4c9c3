<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\Sql\SqlContentEntityStorageSchema;

/**
 * Adds the indexes that the report, the limits and the retention read by.
 *
 * @internal
 */
final class RunStorageSchema extends SqlContentEntityStorageSchema {

  /**
   * Columns by name of the index.
   */
  public const array INDEXES = [
    'background_agents_run__created' => ['created'],
    'background_agents_run__agent_created' => ['agent', 'created'],
    'background_agents_run__agent_version' => ['agent', 'agent_version'],
    'background_agents_run__state_created' => ['state', 'created'],
    'background_agents_run__target' => ['target_type', 'target_uuid'],
    'background_agents_run__trigger_created' => ['trigger_id', 'created'],
    'background_agents_run__dedupe' => ['dedupe'],
    'background_agents_run__finished' => ['finished'],
    'background_agents_run__parent' => ['parent'],
    'background_agents_run__batch_state' => ['batch', 'state'],
    'background_agents_run__due' => ['due'],
  ];

  /**
   * {@inheritdoc}
   */
  protected function getEntitySchema(ContentEntityTypeInterface $entity_type, $reset = FALSE): array {
    $schema = parent::getEntitySchema($entity_type, $reset);
    // While updates add fields one by one: an index with a column that is not
    // known yet would keep MySQL from making any other.
    $fields = $schema['background_agents_run']['fields'];
    $schema['background_agents_run']['indexes'] += array_filter(self::INDEXES, static fn (array $columns): bool => array_diff($columns, array_keys($fields)) === []);
    return $schema;
  }

}
