<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Database\Schema;

/**
 * The tables of webhooks, in the form of hook_schema().
 *
 * @internal
 */
final class WebhookTables {

  /**
   * Where programs are told, and what each was told.
   */
  public static function all(): array {
    return ['background_agents_webhook' => self::webhook(), 'background_agents_delivery' => self::delivery()];
  }

  /**
   * Lets webhooks be of dispatch keys, where there were those of agents alone.
   */
  public static function addKeys(Schema $schema): void {
    $table = 'background_agents_webhook';
    if (!$schema->fieldExists($table, 'dispatch_key')) {
      $schema->addField($table, 'dispatch_key', self::key());
    }
    if (!$schema->indexExists($table, 'dispatch_key')) {
      $schema->addIndex($table, 'dispatch_key', ['dispatch_key'], self::webhook());
    }
  }

  private static function key(): array {
    return ['type' => 'varchar_ascii', 'length' => 10, 'not null' => TRUE, 'default' => '', 'description' => 'Id of the dispatch key; empty: it is an agent\'s.'];
  }

  private static function webhook(): array {
    return [
      // No configuration: a secret is not exported, and a copy tells nobody.
      'description' => 'Addresses of programs that are told what comes of the runs of an agent or of a dispatch key.',
      'fields' => [
        'id' => ['type' => 'serial', 'not null' => TRUE],
        'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent; empty: it is a key\'s.'],
        'dispatch_key' => self::key(),
        'url' => ['type' => 'varchar_ascii', 'length' => 1024, 'not null' => TRUE],
        'events' => ['type' => 'varchar_ascii', 'length' => 255, 'not null' => TRUE, 'description' => 'JSON: what it is told, see Webhook\WebhookEvent.'],
        'secret' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'whsec_ and base64: what signs.'],
        'old_secret' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => FALSE, 'description' => 'Signs, too, for a while.'],
        'old_until' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'default' => 0, 'description' => 'Unix time.'],
        'is_on' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 1],
        'off_reason' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'default' => '', 'description' => 'gone: the receiver said so; empty: a person.'],
        'site' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE, 'description' => 'Id of the site that it was saved on.'],
        'base_url' => ['type' => 'varchar_ascii', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'Base URL of that site by its settings.'],
        'created' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE],
        'failures' => ['type' => 'int', 'not null' => TRUE, 'default' => 0, 'description' => 'How often in a row the receiver could not take anything.'],
        'hold_until' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'default' => 0, 'description' => 'Unix time until which nothing is sent to it.'],
        'leased_by' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE, 'default' => '', 'description' => 'Token of who sends to it now.'],
        'leased_until' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'default' => 0],
      ],
      'primary key' => ['id'],
      'indexes' => ['agent' => ['agent'], 'dispatch_key' => ['dispatch_key']],
    ];
  }

  private static function delivery(): array {
    return [
      'description' => 'What webhooks are told. Written in the transaction of its cause.',
      'fields' => [
        'id' => ['type' => 'serial', 'not null' => TRUE],
        'message' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE, 'description' => 'The webhook-id: the same however often it is sent.'],
        'webhook' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
        'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE],
        'event' => ['type' => 'varchar_ascii', 'length' => 32, 'not null' => TRUE],
        'body' => ['type' => 'text', 'size' => 'medium', 'not null' => TRUE, 'description' => 'The document as it is sent.'],
        'state' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE, 'description' => 'waiting, sent, given_up.'],
        'attempts' => ['type' => 'int', 'not null' => TRUE, 'default' => 0],
        'next_at' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE, 'description' => 'Unix time of the next attempt; 0: at once, a person asked for it.'],
        'expires' => ['type' => 'int', 'size' => 'big', 'not null' => FALSE, 'description' => 'Unix time from which a failure is the last one.'],
        'created' => ['type' => 'int', 'size' => 'big', 'not null' => TRUE],
        'tried' => ['type' => 'int', 'size' => 'big', 'not null' => FALSE, 'description' => 'Unix time of the last attempt.'],
        'code' => ['type' => 'int', 'size' => 'small', 'not null' => FALSE, 'description' => 'HTTP status of the last answer.'],
        'answer' => ['type' => 'text', 'not null' => FALSE, 'description' => 'How the last answer began.'],
        'error' => ['type' => 'varchar', 'length' => 500, 'not null' => TRUE, 'default' => '', 'description' => 'Why the last attempt got no answer.'],
      ],
      'primary key' => ['id'],
      'unique keys' => ['message' => ['message']],
      'indexes' => [
        'due' => ['webhook', 'state', 'next_at'],
        'waiting' => ['state', 'next_at'],
        'listed' => ['webhook', 'id'],
        'run' => ['run'],
        'created' => ['created'],
      ],
    ];
  }

}
