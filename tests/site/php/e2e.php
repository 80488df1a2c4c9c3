<?php

/**
 * @file
 * Makes a site ready for the whole path; prints JSON.
 *
 * Run by `drush php:script`, with a JSON list of agents as argument: each an
 * `id` with `definition`, `binding` and `permissions` of its role. Safe to run
 * again: what was there of the module is deleted.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\eca\Entity\Eca;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

$drafting = [
  'access content', 'create article content', 'edit any article content', 'use editorial transition create_new_draft',
  'view latest version', 'view any unpublished content', 'view all revisions', 'use text format basic_html',
];

\Drupal::state()->deleteMultiple(['system.maintenance_mode', 'background_agents.stopped', 'background_agents.breaker', 'background_agents.cron_triggers']);
\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'http')->set('sidecar_url', '')->set('queue.runs_per_minute', 1000)->save();
foreach (['trigger_log', 'alias', 'signature', 'outbox', 'command'] as $table) {
  \Drupal::database()->truncate("background_agents_$table")->execute();
}
// Deleted, not truncated: a number that comes again would be of older runs.
foreach (['batch', 'batch_item'] as $table) {
  \Drupal::database()->delete("background_agents_$table")->execute();
}
foreach (['background_agents_run', 'background_agents_change', 'background_agents_trigger', 'background_agents_agent'] as $type) {
  $storage = \Drupal::entityTypeManager()->getStorage($type);
  $storage->delete($storage->loadMultiple());
}

$role = function (string $id, array $permissions, bool $agent): void {
  $role = Role::load($id) ?? Role::create(['id' => $id, 'label' => $id]);
  $role->set('permissions', $permissions)->setThirdPartySetting('background_agents', AgentAccounts::SETTING, $agent)->save();
};
$account = function (string $name, array $roles): User {
  $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  $account = reset($found) ?: User::create(['name' => $name, 'pass' => "test-$name", 'mail' => "$name@example.com"]);
  $account->set('roles', $roles)->activate()->save();
  return $account;
};

$accounts = [];
foreach (json_decode($extra[0] ?? '[]', TRUE, 512, JSON_THROW_ON_ERROR) as $spec) {
  $id = $spec['id'];
  $role("e2e_$id", array_values(array_diff($drafting, $spec['without'] ?? [])), TRUE);
  $accounts[$id] = $account("e2e_agent_$id", ["e2e_$id"]);
  $agent = Agent::create([
    'id' => $id,
    'label' => "Agent $id",
    'definition' => $spec['definition'],
    'binding' => $spec['binding'] + ['content' => ['node' => ['article' => ['read', 'create', 'revise']]]],
    'role' => "e2e_$id",
  ]);
  $agent->save();
  \Drupal::service(AccountMarks::class)->assign($agent, $accounts[$id]);
}

$editor = [
  ...$drafting, 'use editorial transition publish', 'delete any article content', 'administer nodes', 'access administration pages',
  'run any background agent', 'view any background agent run', 'manage any background agent run', 'review background agent drafts',
];
$role('e2e_editor', $editor, FALSE);
$people = ['editor' => $account('e2e_editor', ['e2e_editor']), 'asker' => $account('e2e_asker', ['e2e_editor'])];

foreach (['content' => ['bundles' => ['article'], 'operations' => ['update'], 'revisions' => 'published'] + Trigger::CONTENT_SETTINGS, 'cron' => ['interval' => 3600]] as $type => $settings) {
  Trigger::create([
    'id' => "e2e_$type",
    'label' => "E2E $type",
    'agent' => $type === 'cron' ? 'writer' : 'reviser',
    'type' => $type,
    'settings' => $settings,
    'input' => [],
    'status' => FALSE,
  ])->save();
}
if (\Drupal::moduleHandler()->moduleExists('background_agents_eca')) {
  Eca::load('e2e_model')?->delete();
  Eca::create([
    'id' => 'e2e_model',
    'status' => FALSE,
    'version' => '1',
    'events' => [
      'event' => [
        'plugin' => 'content_entity:update',
        'label' => 'An article was changed',
        'configuration' => ['type' => 'node article'],
        'successors' => [['id' => 'dispatch', 'condition' => '']],
      ],
    ],
    'conditions' => [],
    'gateways' => [],
    'actions' => [
      'dispatch' => [
        'plugin' => 'background_agents_dispatch',
        'label' => 'Dispatch',
        'configuration' => ['agent' => 'reviser', 'input' => 'title: "[node:title]"', 'entity' => 'entity', 'key' => '', 'token_name' => 'run'],
        'successors' => [],
      ],
    ],
  ])->save();
}

print json_encode([
  'accounts' => array_map(static fn (User $user): array => ['id' => (int) $user->id(), 'uuid' => $user->uuid(), 'name' => $user->getAccountName()], $accounts + $people),
]);
