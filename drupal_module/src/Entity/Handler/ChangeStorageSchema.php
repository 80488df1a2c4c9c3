<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\Sql\SqlContentEntityStorageSchema;

/**
 * Adds the indexes that lists and decisions read changes by.
 *
 * @internal
 */
final class ChangeStorageSchema extends SqlContentEntityStorageSchema {

  /**
   * Columns by name of the index.
   */
  public const array INDEXES = [
    'background_agents_change__target' => ['target_type', 'target_uuid', 'status'],
    'background_agents_change__created' => ['created'],
    'background_agents_change__status_created' => ['status', 'created'],
    'background_agents_change__status_agent' => ['status', 'agent', 'created'],
    // Outcomes are counted in this index alone.
    'background_agents_change__agent_created' => ['agent', 'created', 'fate', 'outcome_share'],
    // The last refusals are read without the drafts between them.
    'background_agents_change__agent_fate' => ['agent', 'fate', 'created'],
    'background_agents_change__agent_version' => ['agent', 'agent_version'],
  ];

  /**
   * {@inheritdoc}
   */
  protected function getEntitySchema(ContentEntityTypeInterface $entity_type, $reset = FALSE): array {
    $schema = parent::getEntitySchema($entity_type, $reset);
    // While updates add fields one by one: an index with a column that is not
    // known yet would keep MySQL from making any other.
    $fields = $schema['background_agents_change']['fields'];
    $schema['background_agents_change']['indexes'] += array_filter(self::INDEXES, static fn (array $columns): bool => array_diff($columns, array_keys($fields)) === []);
    return $schema;
  }

}
