<?php

/**
 * @file
 * Makes runs as the vectors of the intake give them; prints UUIDs by case.
 *
 * Argument: the path of event-intake.json.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Run;

$made = [];
foreach (json_decode(file_get_contents($extra[0]))->cases as $case) {
  $given = $case->given;
  if ($given === NULL) {
    $made[$case->id] = \Drupal::service('uuid')->generate();
    continue;
  }
  $run = Run::create([
    'agent' => 'core',
    'agent_label' => 'Core',
    'account' => '00000000-0000-4000-8000-000000000000',
    'trigger_type' => 'cron',
    'state' => $given->state,
    'waiting_for' => $given->waiting_for,
    'attempt' => $given->attempt,
    'generation' => $given->generation,
    'last_seq' => count($given->stored),
    'updated' => time(),
  ]);
  $run->save();
  $database = \Drupal::database();
  $database->insert('background_agents_run_data')->fields(['run' => $run->id(), 'input' => '{}'])->execute();
  foreach ($given->stored as $event) {
    $database->insert('background_agents_event')->fields([
      'run' => $run->id(), 'seq' => $event->seq, 'type' => 'step_started', 'time' => '2026-09-21T14:13:20Z', 'created' => time(), 'hash' => $event->hash, 'data' => '{"number":1}',
    ])->execute();
  }
  if (!$run->isFinal()) {
    $database->insert('background_agents_outbox')->fields([
      'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => $given->attempt, 'generation' => $given->generation,
      'claimed_by' => 'test', 'claimed_until' => 0, 'job' => '{}', 'created' => time(),
    ])->execute();
  }
  $made[$case->id] = $run->uuid();
}
print json_encode($made);
