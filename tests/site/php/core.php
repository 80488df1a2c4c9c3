<?php

/**
 * @file
 * Makes a site ready for the tests of runs; prints JSON.
 *
 * Run by `drush php:script`. Safe to run again.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

\Drupal::state()->deleteMultiple(['system.maintenance_mode', 'background_agents.stopped', 'background_agents.breaker', 'background_agents.cron_triggers']);
\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'http')->set('sidecar_url', '')->set('queue.runs_per_minute', 20)->save();
foreach (['trigger_log', 'alias', 'signature'] as $table) {
  \Drupal::database()->truncate("background_agents_$table")->execute();
}
foreach (['background_agents_run', 'background_agents_change', 'background_agents_trigger', 'background_agents_agent'] as $type) {
  $storage = \Drupal::entityTypeManager()->getStorage($type);
  $storage->delete($storage->loadMultiple());
}

$role = function (string $id, array $permissions, bool $agent = FALSE): void {
  $role = Role::load($id) ?? Role::create(['id' => $id, 'label' => $id]);
  $role->set('permissions', $permissions);
  if ($agent) {
    $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE);
  }
  $role->save();
};
$account = function (string $name, array $roles): User {
  $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  $account = reset($found) ?: User::create(['name' => $name, 'pass' => "test-$name", 'mail' => "$name@example.com"]);
  $account->set('roles', $roles)->activate()->save();
  return $account;
};

$agents = [];
$role('core_agent', ['access content', 'edit any article content'], TRUE);
$worker = $account('core_agent', ['core_agent']);
$agent = function (string $id, array $values = []) use ($worker): string {
  $agent = Agent::create($values + [
    'id' => $id,
    'label' => "Core $id",
    'definition' => [
      'system_prompt' => 'Test.',
      'tools' => ['revise_draft'],
      'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string"}, "count": {"type": "integer"}}, "additionalProperties": false}',
    ],
    'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]]],
    'role' => 'core_agent',
  ]);
  $agent->save();
  if ($agent->getRole() !== NULL) {
    \Drupal::service(AccountMarks::class)->assign($agent, $worker);
  }
  return $id;
};
$agents_allowed = [['agent' => 'core_child', 'wait' => FALSE]];
$agent('core', ['binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]], 'agents' => $agents_allowed]]);
$agent('core_off', ['status' => FALSE]);
$agent('core_nobody', ['role' => NULL]);
$agent('core_child', ['binding' => ['model' => 'scripted:test', 'agents' => $agents_allowed]]);
$agent('core_patterns', ['definition' => ['system_prompt' => 'Test.', 'tools' => [], 'input_schema' => json_encode(['type' => 'object', 'properties' => [
  'any' => ['items' => ['anyOf' => [['pattern' => '^(a+)+$'], ['type' => 'string']]]],
  'name' => ['pattern' => '^(?<first>\\p{L})\\d$'],
]])]]);
$agent('core_remote', ['definition' => ['system_prompt' => 'Test.', 'tools' => [], 'input_schema' => '{"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/"}}}']]);
$agent('core_needy', ['definition' => ['system_prompt' => 'Test.', 'tools' => [], 'input_schema' => '{"type": "object", "required": ["topic"]}']]);
$trigger = fn (string $id, array $values) => Trigger::create($values + ['id' => $id, 'label' => $id, 'agent' => 'core', 'status' => TRUE])->save();
$trigger('core_articles', [
  'type' => 'content',
  'settings' => ['bundles' => ['article'], 'operations' => ['insert', 'update', 'delete'], 'revisions' => 'any'] + Trigger::CONTENT_SETTINGS,
  'input' => ['topic' => '[node:title]', 'count' => '[node:nid]'],
]);
$trigger('core_daily', ['type' => 'cron', 'settings' => ['interval' => 3600], 'input' => ['topic' => 'news'], 'status' => FALSE]);

$role('core_runner', ['access content', 'run core background agent', 'run core_patterns background agent', 'run core_remote background agent', 'view own background agent runs', 'manage own background agent runs', 'create article content', 'edit any article content', 'delete any article content', 'use editorial transition create_new_draft', 'use editorial transition publish']);
$role('core_watcher', ['access content', 'view any background agent run']);
print json_encode([
  'runner' => ['id' => (int) $account('core_runner', ['core_runner'])->id(), 'name' => 'core_runner'],
  'stranger' => ['name' => $account('core_stranger', [])->getAccountName()],
  'other_runner' => ['name' => $account('core_other', ['core_runner'])->getAccountName()],
  'watcher' => ['name' => $account('core_watcher', ['core_watcher'])->getAccountName()],
  'agent' => ['id' => (int) $worker->id(), 'uuid' => $worker->uuid()],
]);
