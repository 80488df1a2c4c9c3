<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The table of the dispatch keys of people, in the form of hook_schema().
 *
 * @internal
 */
final class KeyTables {

  /**
   * The keys.
   */
  public static function all(): array {
    return [
      'background_agents_key' => [
        'description' => 'Dispatch keys of people. A revoked one is deleted.',
        'fields' => [
          'id' => ['type' => 'varchar_ascii', 'length' => 10, 'not null' => TRUE, 'description' => 'The public part of the key.'],
          'hash' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'SHA-256 of the secret part.'],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'description' => 'Whose key it is.'],
          'name' => ['type' => 'varchar', 'length' => 64, 'not null' => TRUE],
          'agents' => ['type' => 'text', 'not null' => FALSE, 'description' => 'JSON: ids of the agents that it is for; none: all that its owner may run.'],
          'created' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE],
          'expires' => ['type' => 'int', 'size' => 'big', 'not null' => FALSE, 'description' => 'Unix time; none: never.'],
          'used' => ['type' => 'int', 'size' => 'big', 'not null' => FALSE, 'description' => 'Unix time of the last use, to the minute; none: never.'],
          'used_door' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => FALSE],
          'used_address' => ['type' => 'varchar_ascii', 'length' => 45, 'not null' => FALSE],
        ],
        'primary key' => ['id'],
        'indexes' => ['uid' => ['uid', 'created']],
      ],
    ];
  }

}
