<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * The tables of what people are told.
 *
 * @internal
 */
final class NoticeTables {

  /**
   * Whether a run asks or has ended.
   */
  public static function kind(): array {
    return [
      'kind' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'default' => 'question', 'description' => 'question, end.'],
    ];
  }

  /**
   * What each person was told and mailed, and has chosen.
   */
  public static function all(): array {
    return [
      'background_agents_person_notice' => [
        'description' => 'What each person is told, once each.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'kind' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'draft, review, back, failed, question, failing, budget.'],
          'subject' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'SHA-256 of what it is about: nobody is told twice.'],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'default' => '', 'description' => 'Id of the agent; empty: all.'],
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE],
          'draft' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE, 'description' => 'The draft, when it is one.'],
          'amount' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0, 'description' => 'How many drafts, or failures in a row.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'mode' => ['type' => 'varchar_ascii', 'length' => 8, 'not null' => TRUE, 'description' => 'now, digest, never.'],
          'mailed' => ['type' => 'int', 'not null' => FALSE, 'description' => 'Unix time; none: not yet; 0: it is not mailed.'],
          'seen' => ['type' => 'int', 'not null' => FALSE, 'description' => 'Unix time at which the person saw it on the page.'],
        ],
        'primary key' => ['id'],
        'unique keys' => ['once' => ['uid', 'kind', 'subject']],
        'indexes' => [
          'mailed' => ['mailed', 'mode', 'uid'],
          'person' => ['uid', 'id'],
          'run' => ['run'],
          'created' => ['created'],
        ],
      ],
      'background_agents_notice_choice' => [
        'description' => 'What people get by mail, and when they got the last one.',
        'fields' => [
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'choices' => ['type' => 'text', 'not null' => TRUE, 'description' => 'JSON: now, digest or never by kind; what is missing is as the site says.'],
          'mailed' => ['type' => 'int', 'not null' => TRUE, 'default' => 0],
          'digested' => ['type' => 'int', 'not null' => TRUE, 'default' => 0],
          'claimed_until' => ['type' => 'int', 'not null' => TRUE, 'default' => 0, 'description' => 'A process is about to mail.'],
        ],
        'primary key' => ['uid'],
      ],
    ];
  }

}
