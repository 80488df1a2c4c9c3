<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * Tables that say by which agent, and which version of it, content was written.
 *
 * @internal
 */
final class ProvenanceTables {

  /**
   * All of them, in the form of hook_schema().
   */
  public static function all(): array {
    return self::versions() + self::provenance();
  }

  private static function versions(): array {
    return [
      'background_agents_version' => [
        'description' => 'What determines how agents behave, as it was: kept as long as a run, a change or a revision names it.',
        'fields' => [
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent.'],
          'number' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'description' => '1, 2, 3, ... for each agent.'],
          'hash' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'SHA-256 of the document.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'document' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'Canonical JSON.'],
        ],
        'primary key' => ['agent', 'number'],
        'unique keys' => ['hash' => ['agent', 'hash']],
      ],
    ];
  }

  private static function provenance(): array {
    return [
      'background_agents_provenance' => [
        'description' => 'What agents wrote of a translation of a revision, and who checked it.',
        'fields' => [
          'entity_type' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'entity_id' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'revision' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'langcode' => ['type' => 'varchar_ascii', 'length' => 32, 'not null' => TRUE],
          'origin' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'description' => 'Id of the change by which the agent wrote it; the change may be gone.'],
          'run' => ['type' => 'char', 'length' => 36, 'not null' => TRUE, 'description' => 'UUID of the run.'],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent.'],
          'model' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'The model that its definition named.'],
          'version' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Version of its definition; none: not known.'],
          'written' => ['type' => 'int', 'not null' => TRUE, 'description' => 'Unix time at which the agent wrote.'],
          'fields' => ['type' => 'text', 'not null' => TRUE, 'description' => 'JSON: names of the fields in which it stands.'],
          'checked' => ['type' => 'int', 'not null' => FALSE, 'description' => 'Unix time at which a person accepted or published it; none: nobody has.'],
          'checked_by' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'The account; none with a time: an erased person.'],
        ],
        'primary key' => ['entity_type', 'revision', 'langcode', 'origin'],
        'indexes' => [
          'item' => ['entity_type', 'entity_id', 'langcode'],
          'origin' => ['origin'],
          'version' => ['agent', 'version'],
          'checked_by' => ['checked_by'],
        ],
      ],
    ];
  }

}
