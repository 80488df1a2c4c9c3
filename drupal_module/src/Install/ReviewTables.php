<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * Tables of what people who review say to agents, and propose as their rules.
 *
 * @internal
 */
final class ReviewTables {

  /**
   * All of them.
   */
  public static function all(): array {
    return [
      'background_agents_sent_back' => [
        'description' => 'Drafts that people sent back, and what they said.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'round' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0, 'description' => 'The round that began with it; 0: it waits for the end of the run.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Who sent it; none: an erased person.'],
          'name' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'Its name then, or its pseudonym.'],
          'remarks' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'JSON: text, change and field of each remark.'],
        ],
        'primary key' => ['id'],
        'indexes' => ['run' => ['run', 'round'], 'round' => ['round', 'id'], 'uid' => ['uid']],
      ],
      'background_agents_proposed_rule' => [
        'description' => 'Rules that people propose for agents, until an administrator decides.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent.'],
          'text' => ['type' => 'text', 'not null' => TRUE],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'Who proposed it; none: an erased person.'],
          'name' => ['type' => 'varchar', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'Its name then, or its pseudonym.'],
        ],
        'primary key' => ['id'],
        'indexes' => ['agent' => ['agent', 'id'], 'uid' => ['uid']],
      ],
    ];
  }

}
