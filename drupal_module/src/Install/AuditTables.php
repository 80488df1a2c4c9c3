<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The table of people's decisions, in the form of hook_schema().
 *
 * @internal
 */
final class AuditTables {

  /**
   * What people decided.
   */
  public static function all(): array {
    return [
      'background_agents_audit' => [
        'description' => 'Decisions of people. Rows are only added, and outlive their runs.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'time' => ['type' => 'int', 'not null' => TRUE],
          'action' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'cancel, pause, resume, retry, decide, stop, start.'],
          'run' => ['type' => 'char', 'length' => 36, 'not null' => FALSE, 'description' => 'UUID of the run; none: all agents of the site.'],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => FALSE, 'description' => 'Id of its agent.'],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'The account; none: Drush, the sidecar, or an erased person.'],
          'name' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'Its name then, or its pseudonym.'],
          'door' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'site, drush, sidecar.'],
          'note' => ['type' => 'text', 'not null' => FALSE],
          'data' => ['type' => 'text', 'not null' => TRUE, 'description' => 'JSON: id and decision of an answer, from_step of a retry.'],
        ],
        'primary key' => ['id'],
        'indexes' => ['run' => ['run', 'id'], 'uid' => ['uid'], 'time' => ['time']],
      ],
    ];
  }

}
