<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The tables of batches of runs, in the form of hook_schema().
 *
 * @internal
 */
final class BatchTables {

  /**
   * Batches, and what each of them is about.
   */
  public static function all(): array {
    return self::batches() + self::items();
  }

  private static function batches(): array {
    return [
      'background_agents_batch' => [
        'description' => 'Batches: an agent is run over many items, one run for each.',
        'fields' => [
          'id' => ['type' => 'serial', 'unsigned' => TRUE, 'not null' => TRUE],
          'request' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'SHA-256 of what asked for it: the same form sent twice is one batch.'],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent.'],
          'agent_label' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Who asked for it; none: an erased person.'],
          'retried_by' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Who had failed runs retried last.'],
          'retries' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0, 'description' => 'How often failed runs were retried.'],
          'state' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'See Batch\BatchState.'],
          'reason' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => FALSE, 'description' => 'Why the site paused it; none: a person did.'],
          'message' => ['type' => 'text', 'not null' => FALSE],
          'input' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'JSON: the input of each run.'],
          'items' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'estimate_micros' => ['type' => 'int', 'size' => 'big', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'What it was thought to cost; none: not known.'],
          'created' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE],
          'finished' => ['type' => 'int', 'size' => 'big', 'not null' => FALSE],
        ] + self::means(),
        'primary key' => ['id'],
        'unique keys' => ['request' => ['request']],
        'indexes' => ['state' => ['state', 'id'], 'uid' => ['uid', 'id'], 'finished' => ['finished']],
      ],
    ];
  }

  /**
   * By which door and means a batch was asked for.
   */
  public static function means(): array {
    return [
      'door' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'default' => 'manual', 'description' => 'The trigger type of its runs.'],
      'via_means' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => FALSE, 'description' => 'As of runs; none: not known.'],
      'via_key' => ['type' => 'varchar_ascii', 'length' => 10, 'not null' => FALSE, 'description' => 'Id of the dispatch key.'],
      'via_name' => ['type' => 'varchar', 'length' => 255, 'not null' => FALSE, 'description' => 'Name of the dispatch key, or of the OAuth client.'],
    ];
  }

  /**
   * The run of an item: as the UUID of runs is, so that it is found by it.
   */
  public static function run(): array {
    return ['type' => 'varchar_ascii', 'length' => 36, 'not null' => FALSE, 'description' => 'UUID of the run.'];
  }

  /**
   * By which decision an item was cancelled.
   */
  public static function decision(): array {
    return ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Number in the audit log of what a person decided about it.'];
  }

  private static function items(): array {
    return [
      'background_agents_batch_item' => [
        // The key is what makes of each item one run, whoever lets it in.
        'description' => 'The items of batches. A run is noted in the transaction that makes it.',
        'fields' => [
          'batch' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'entity_type' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'entity_id' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'langcode' => ['type' => 'varchar_ascii', 'length' => 32, 'not null' => TRUE],
          'position' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'label' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE, 'default' => ''],
          'state' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'See Batch\ItemState.'],
          'run' => self::run(),
          'reason' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => FALSE, 'description' => 'Why there is no run, or why the site cancelled it.'],
          'decision' => self::decision(),
        ],
        'primary key' => ['batch', 'entity_type', 'entity_id', 'langcode'],
        'indexes' => ['state' => ['batch', 'state', 'position'], 'position' => ['batch', 'position'], 'run' => ['run']],
      ],
    ];
  }

}
