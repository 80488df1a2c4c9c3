<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The table of the sidecar's processes, in the form of hook_schema().
 *
 * @internal
 */
final class ProcessTables {

  /**
   * All of them.
   */
  public static function all(): array {
    $number = ['type' => 'int', 'size' => 'big', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0];
    $text = static fn (int $length): array => ['type' => 'varchar', 'length' => $length, 'not null' => TRUE, 'default' => ''];
    return [
      'background_agents_process' => [
        'description' => 'The processes of the sidecar, as they told last. For people.',
        'fields' => [
          'name' => $text(128),
          'host' => $text(64),
          'doors' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 0],
          'worker' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 0],
          'version' => $text(64),
          'python' => $text(32),
          'started' => $number,
          'memory_mb' => $number,
          'capacity' => $number,
          'held' => $number,
          'last_claim' => $number,
          'heard' => ['description' => 'When it told so, by the clock of this site.'] + $number,
        ],
        'primary key' => ['name'],
        'indexes' => ['heard' => ['heard']],
      ],
    ];
  }

}
