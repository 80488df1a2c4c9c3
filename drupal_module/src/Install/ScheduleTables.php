<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The tables of schedules, in the form of hook_schema().
 *
 * @internal
 */
final class ScheduleTables {

  /**
   * Up to when schedules are settled, and what came of each due time.
   */
  public static function all(): array {
    return [
      'background_agents_schedule' => [
        'description' => 'Up to when the due times of a schedule are settled, and of which schedule.',
        'fields' => [
          'trigger_uuid' => ['type' => 'char', 'length' => 36, 'not null' => TRUE],
          'hash' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'Hash of its settings: another schedule begins anew.'],
          'since' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'description' => 'Unix time: what was due until then is settled.'],
        ],
        'primary key' => ['trigger_uuid'],
      ],
      'background_agents_due' => [
        // The key is what makes of each due time one run, whoever fires it.
        'description' => 'What came of each due time of a schedule. Written in the transaction that makes the run.',
        'fields' => [
          'trigger_uuid' => ['type' => 'char', 'length' => 36, 'not null' => TRUE],
          'due' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'description' => 'Unix time.'],
          'result' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'See Schedule\DueResult.'],
          'run' => ['type' => 'char', 'length' => 36, 'not null' => FALSE, 'description' => 'UUID of the run.'],
          'decided' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'description' => 'Unix time.'],
        ],
        'primary key' => ['trigger_uuid', 'due'],
        'indexes' => ['decided' => ['decided']],
      ],
    ];
  }

}
