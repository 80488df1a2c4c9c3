<?php

/**
 * @file
 * Makes a site ready for `make chaos`, or leaves nothing of it behind.
 *
 * Run by `drush php:script` with a JSON object as argument. `{"do": "make",
 * "agents": [{id, definition, binding}], "transport", "sidecar_url"}` prints
 * the agents' accounts, and how many runs of others the outbox holds; `{"do":
 * "clean", "settings": {...}}` puts the settings back. Ids begin with `chaos_`.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

$asked = json_decode($extra[0], TRUE, 512, JSON_THROW_ON_ERROR);
$drafting = [
  'access content', 'create article content', 'edit any article content', 'use editorial transition create_new_draft',
  'view latest version', 'view any unpublished content', 'view all revisions', 'use text format basic_html',
];
$people = ['run any background agent', 'view any background agent run', 'manage any background agent run'];
$config = \Drupal::configFactory()->getEditable('background_agents.settings');
$keys = ['transport', 'sidecar_url', 'queue.runs_per_minute'];

// What another attack left, or this one.
$delete = function (string $type, string $field): void {
  $storage = \Drupal::entityTypeManager()->getStorage($type);
  $query = $storage->getQuery()->accessCheck(FALSE)->condition($field, 'chaos_', 'STARTS_WITH');
  foreach (array_chunk($query->execute(), 50) as $ids) {
    $storage->delete($storage->loadMultiple($ids));
  }
};
\Drupal::state()->deleteMultiple(['system.maintenance_mode', 'background_agents.stopped', 'background_agents.breaker']);
$users = \Drupal::entityQuery('user')->accessCheck(FALSE)->condition('name', 'chaos_', 'STARTS_WITH')->execute();
if ($users) {
  $nodes = \Drupal::entityTypeManager()->getStorage('node');
  $ids = $nodes->getQuery()->accessCheck(FALSE)->condition('uid', $users, 'IN')->execute();
  foreach (array_chunk($ids, 50) as $some) {
    $nodes->delete($nodes->loadMultiple($some));
  }
}
$delete('background_agents_change', 'agent');
$runs = \Drupal::database()->select('background_agents_run', 'r')->fields('r', ['uuid'])->condition('agent', 'chaos_%', 'LIKE')->execute()->fetchCol();
if ($runs) {
  \Drupal::database()->delete('background_agents_outbox')->condition('run', $runs, 'IN')->execute();
  \Drupal::database()->delete('background_agents_command')->condition('run', $runs, 'IN')->execute();
}
$delete('background_agents_run', 'agent');
$delete('background_agents_agent', 'id');
$delete('user', 'name');
$delete('user_role', 'id');

if ($asked['do'] === 'clean') {
  foreach ($asked['settings'] as $key => $value) {
    $config->set($key, $value);
  }
  $config->save();
  print json_encode(TRUE);
  return;
}

$role = function (string $id, array $permissions, bool $agent): void {
  Role::create(['id' => $id, 'label' => $id, 'permissions' => $permissions])
    ->setThirdPartySetting('background_agents', AgentAccounts::SETTING, $agent)
    ->save();
};
$account = function (string $name, string $role): User {
  $account = User::create(['name' => $name, 'pass' => "test-$name", 'mail' => "$name@example.com", 'roles' => [$role]]);
  $account->activate()->save();
  return $account;
};
$role('chaos_agent', $drafting, TRUE);
$role('chaos_editor', [...$drafting, ...$people], FALSE);
$account('chaos_editor', 'chaos_editor');
$accounts = [];
foreach ($asked['agents'] as $spec) {
  $accounts[$spec['id']] = $account($spec['id'], 'chaos_agent');
  $agent = Agent::create([
    'id' => $spec['id'],
    'label' => $spec['id'],
    'definition' => $spec['definition'],
    'binding' => $spec['binding'] + ['content' => ['node' => ['article' => ['read', 'create', 'revise']]]],
    'role' => 'chaos_agent',
  ]);
  $agent->save();
  \Drupal::service(AccountMarks::class)->assign($agent, $accounts[$spec['id']]);
}

$before = array_combine($keys, array_map($config->get(...), $keys));
$config->set('transport', $asked['transport'])->set('sidecar_url', $asked['sidecar_url'])->set('queue.runs_per_minute', 100000)->save();
print json_encode([
  'accounts' => array_map(static fn (User $user): int => (int) $user->id(), $accounts),
  'settings' => $before,
  'others' => (int) \Drupal::database()->select('background_agents_outbox')->countQuery()->execute()->fetchField(),
]);
