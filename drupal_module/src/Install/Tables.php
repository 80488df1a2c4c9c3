<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * All tables but those of entities, in the form of hook_schema().
 *
 * @internal
 */
final class Tables {

  /**
   * All of them.
   */
  public static function all(): array {
    return self::triggers() + self::queue() + self::signatures() + self::values() + self::history() + self::effects() + self::spent() + self::notices() + AuditTables::all() + LineageTables::all() + ReviewTables::all() + ScheduleTables::all() + BatchTables::all() + NoticeTables::all() + ProvenanceTables::all() + ProcessTables::all() + KeyTables::all() + WebhookTables::all();
  }

  /**
   * How a run begins: trigger rows, and aliases of those that were folded.
   */
  private static function triggers(): array {
    return [
      'background_agents_trigger_log' => [
        // No unique key but the serial: an editor's save must never wait here.
        'description' => 'What wants to become a run. Written in the transaction of the entity save that caused it.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'run' => ['type' => 'char', 'length' => 36, 'not null' => TRUE, 'description' => 'UUID that the run will have.'],
          'available_at' => ['type' => 'int', 'not null' => TRUE, 'description' => 'Unix time from which it may become a run.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'fold' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'default' => '', 'description' => 'Rows with the same value become one run; empty: never.'],
          'request' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'The DispatchRequest as JSON.'],
        ],
        'primary key' => ['id'],
        'indexes' => ['available' => ['available_at', 'id'], 'run' => ['run']],
      ],
      'background_agents_alias' => [
        'description' => 'UUIDs handed out for runs that were folded into another one.',
        'fields' => [
          'alias' => ['type' => 'char', 'length' => 36, 'not null' => TRUE],
          'run' => ['type' => 'char', 'length' => 36, 'not null' => TRUE, 'default' => '', 'description' => 'UUID of the run; empty when it was refused.'],
          'reason' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'default' => '', 'description' => 'Why no run was made.'],
          'message' => ['type' => 'text', 'not null' => FALSE],
          'created' => ['type' => 'int', 'not null' => TRUE],
        ],
        'primary key' => ['alias'],
        'indexes' => ['created' => ['created'], 'run' => ['run']],
      ],
    ];
  }

  /**
   * What goes to the sidecar: jobs and commands.
   */
  private static function queue(): array {
    return [
      'background_agents_outbox' => [
        'description' => 'Jobs of runs that have not ended. The sidecar may claim rows by itself, see docs/reference/protocol.md.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'run' => ['type' => 'varchar_ascii', 'length' => 36, 'not null' => TRUE, 'description' => 'UUID, in its character set: else no index finds it.'],
          'status' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 0, 'description' => '0 new, 1 claimed.'],
          'available_at' => ['type' => 'int', 'not null' => TRUE],
          'attempt' => ['type' => 'int', 'not null' => TRUE, 'default' => 0],
          'generation' => ['type' => 'int', 'not null' => TRUE, 'default' => 1],
          'claimed_by' => ['type' => 'varchar', 'length' => 128, 'not null' => FALSE],
          'claimed_until' => ['type' => 'int', 'not null' => FALSE],
          'job' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'The job as made at dispatch, without attempt.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
        ] + self::outboxSite(),
        'primary key' => ['id'],
        'unique keys' => ['run' => ['run']],
        'indexes' => ['available' => ['status', 'available_at', 'id']],
      ],
      'background_agents_command' => [
        'description' => 'What people told runs to do; repeated to the sidecar until it says done.',
        'fields' => [
          'id' => ['type' => 'serial', 'not null' => TRUE],
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'generation' => ['type' => 'int', 'not null' => TRUE, 'default' => 1],
          'command' => ['type' => 'varchar_ascii', 'length' => 16, 'not null' => TRUE],
          'data' => ['type' => 'text', 'size' => 'normal', 'not null' => FALSE],
          'uid' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'done' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 0],
        ],
        'primary key' => ['id'],
        'indexes' => ['done' => ['done', 'id'], 'run' => ['run', 'id']],
      ],
    ];
  }

  /**
   * Which signed requests were accepted.
   */
  private static function signatures(): array {
    return [
      'background_agents_signature' => [
        'description' => 'Ids of signed requests that were accepted: each is accepted once.',
        'fields' => [
          'id' => ['type' => 'varchar_ascii', 'length' => 160, 'not null' => TRUE],
          'expires' => ['type' => 'int', 'not null' => TRUE],
        ],
        'primary key' => ['id'],
        'indexes' => ['expires' => ['expires']],
      ],
    ];
  }

  /**
   * Input, items, waiting and output of runs.
   */
  private static function values(): array {
    return [
      'background_agents_run_data' => [
        'description' => 'The values of a run that entity storage must not log when a save fails.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'input' => ['type' => 'text', 'size' => 'big', 'not null' => TRUE, 'description' => 'JSON.'],
          'items' => ['type' => 'text', 'size' => 'big', 'not null' => FALSE, 'description' => 'JSON: the content items of a run that stands for many.'],
          'waiting' => ['type' => 'text', 'size' => 'big', 'not null' => FALSE, 'description' => 'JSON: what it waits for.'],
          'output' => ['type' => 'text', 'size' => 'big', 'not null' => FALSE, 'description' => 'JSON.'],
        ],
        'primary key' => ['run'],
      ],
    ];
  }

  /**
   * What runs did: events and their large values.
   */
  private static function history(): array {
    return [
      'background_agents_event' => [
        'description' => 'Events of runs, without gaps.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'seq' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'type' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE],
          'step' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => FALSE],
          'time' => ['type' => 'varchar_ascii', 'length' => 40, 'not null' => TRUE, 'description' => 'As the sidecar wrote it.'],
          'created' => ['type' => 'int', 'not null' => TRUE, 'description' => 'Unix time at which it came here.'],
          'hash' => ['type' => 'char', 'length' => 32, 'not null' => TRUE],
          'data' => ['type' => 'text', 'size' => 'medium', 'not null' => TRUE, 'description' => 'JSON; a short form when the whole is in the payload.'],
          'payload' => ['type' => 'int', 'size' => 'tiny', 'not null' => TRUE, 'default' => 0, 'description' => '1: the whole data is, or was, in the payload table.'],
        ],
        'primary key' => ['run', 'seq'],
        'indexes' => ['created' => ['created']],
      ],
      'background_agents_event_payload' => [
        'description' => 'Data of events over 4 kB, compressed, with a retention of their own.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'seq' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'data' => ['type' => 'blob', 'size' => 'big', 'not null' => TRUE, 'description' => 'JSON, gzcompress()ed.'],
        ],
        'primary key' => ['run', 'seq'],
        'indexes' => ['created' => ['created']],
      ],
    ];
  }

  /**
   * Effects once: idempotency records and checkpoints.
   */
  private static function effects(): array {
    return [
      'background_agents_effect' => [
        'description' => 'What was done under an idempotency key, and the answer that was given.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'effect_key' => ['type' => 'char', 'length' => 64, 'not null' => TRUE],
          'request_hash' => ['type' => 'char', 'length' => 64, 'not null' => TRUE],
          'attempt' => ['type' => 'int', 'not null' => TRUE],
          'generation' => ['type' => 'int', 'not null' => TRUE],
          'operation' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE, 'description' => 'create, revise, or the name of a tool.'],
          'entity_type' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => FALSE],
          'entity_id' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => FALSE],
          'status' => ['type' => 'int', 'size' => 'small', 'not null' => TRUE, 'description' => 'HTTP status of the answer.'],
          'answer' => ['type' => 'text', 'size' => 'big', 'not null' => FALSE, 'description' => 'JSON.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
        ],
        'primary key' => ['run', 'effect_key'],
        'indexes' => ['created' => ['created']],
      ],
      'background_agents_checkpoint' => [
        'description' => 'Finished units of runs: of unfinished ones, and of the last generation of ended ones for a while.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'generation' => ['type' => 'int', 'not null' => TRUE],
          'n' => ['type' => 'int', 'not null' => TRUE, 'description' => '1, 2, 3, ... within the generation.'],
          'data' => ['type' => 'blob', 'size' => 'big', 'not null' => TRUE, 'description' => 'JSON, gzcompress()ed.'],
        ],
        'primary key' => ['run', 'generation', 'n'],
      ],
    ];
  }

  /**
   * What was spent, by day.
   */
  public static function spent(): array {
    return [
      'background_agents_spent' => [
        'description' => 'What the runs of an agent have spent on a day (UTC), for budgets of a day.',
        'fields' => [
          'day' => ['type' => 'char', 'length' => 10, 'not null' => TRUE, 'description' => 'YYYY-MM-DD.'],
          'agent' => ['type' => 'varchar_ascii', 'length' => 128, 'not null' => TRUE, 'description' => 'Id of the agent.'],
          'cost_micros' => ['type' => 'int', 'size' => 'big', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0],
          'tokens' => ['type' => 'int', 'size' => 'big', 'unsigned' => TRUE, 'not null' => TRUE, 'default' => 0, 'description' => 'Input and output.'],
        ],
        'primary key' => ['day', 'agent'],
      ],
    ];
  }

  /**
   * What people were told.
   */
  public static function notices(): array {
    return [
      'background_agents_notice' => [
        'description' => 'Questions and ends of runs that people are told of, once each.',
        'fields' => [
          'run' => ['type' => 'int', 'unsigned' => TRUE, 'not null' => TRUE],
          'question' => ['type' => 'char', 'length' => 64, 'not null' => TRUE, 'description' => 'SHA-256 of the id of the question, or of the end.'],
          'created' => ['type' => 'int', 'not null' => TRUE],
          'told' => ['type' => 'int', 'not null' => FALSE, 'description' => 'Unix time; none: nobody was told yet.'],
        ] + NoticeTables::kind(),
        'primary key' => ['run', 'question'],
        'indexes' => ['told' => ['told', 'created']],
      ],
    ];
  }

  /**
   * Which site a job of the outbox is of.
   */
  public static function outboxSite(): array {
    return [
      'site' => ['type' => 'varchar_ascii', 'length' => 64, 'not null' => TRUE, 'default' => '', 'description' => 'Id of the site that made the job.'],
      'base_url' => ['type' => 'varchar_ascii', 'length' => 255, 'not null' => TRUE, 'default' => '', 'description' => 'Its base URL by its settings; empty: none is set.'],
    ];
  }

}
