<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Entity\RunFields;
use Drupal\Core\Database\Schema;
use Drupal\Core\Entity\EntityDefinitionUpdateManagerInterface;

/**
 * Brings versions of agents, and provenance, to a site that is there already.
 *
 * @internal
 */
final class ProvenanceUpdate {

  /**
   * Adds what is missing; a second time finds nothing to do.
   *
   * Storage must know the present handlers before: else it loses our indexes.
   */
  public static function run(Schema $schema, EntityDefinitionUpdateManagerInterface $manager): void {
    foreach (ProvenanceTables::all() as $name => $table) {
      if (!$schema->tableExists($name)) {
        $schema->createTable($name, $table);
      }
    }
    foreach (['background_agents_run', 'background_agents_change'] as $type) {
      if ($manager->getFieldStorageDefinition('agent_version', $type) === NULL) {
        $manager->installFieldStorageDefinition('agent_version', $type, 'background_agents', RunFields::agentVersion());
      }
    }
  }

}
