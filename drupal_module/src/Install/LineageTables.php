<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The table of agents' work in content, in the form of hook_schema().
 *
 * @internal
 */
final class LineageTables {

  /**
   * Whose work published content holds.
   */
  public static function all(): array {
    return [
      'background_agents_lineage' => [
        // No unique key but the serial: an editor's save must never wait here.
        'description' => 'The agents whose work a published translation holds. The newest row of a translation counts, while its fingerprint is right.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'entity_type' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'entity_id' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'langcode' => ['type' => 'varchar_ascii', 'length' => 32, 'not null' => TRUE],
          'fingerprint' => ['type' => 'char', 'length' => 24, 'not null' => TRUE, 'description' => 'Of the values of the translation.'],
          'agents' => ['type' => 'text', 'not null' => TRUE, 'description' => 'JSON: ids of agents.'],
          'starts' => ['type' => 'text', 'not null' => TRUE, 'description' => 'JSON: how often each agent was started since a person last changed something.'],
        ],
        'primary key' => ['id'],
        'indexes' => ['item' => ['entity_type', 'entity_id', 'langcode', 'id']],
      ],
    ];
  }

}
