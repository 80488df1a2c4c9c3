<?php

/**
 * @file
 * People with dispatch keys, and the doors within Drupal; prints JSON.
 *
 * "prepare": installs the Tool API and Maestro where their code is; tells which
 * are there.
 * "key" {"user", "name", "seconds", "permissions"}: a key of a person, who gets
 * a role of their own with these permissions, anew each time; those of the e2e
 * people stay.
 * "end" {"user", "how"}: revokes the keys, blocks the person, or takes the
 * permission to have keys, or that to run agents.
 * "tool" {"user", "tool", "values"}: calls a tool as somebody.
 * "flow" {"user", "agent"}: starts a process that runs an agent; its id.
 * "engine" {"process"}: lets the engine come by as nobody; run and open tasks.
 */

declare(strict_types=1);

use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyStore;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\maestro\Engine\MaestroEngine;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

const HAVE_KEYS = 'have dispatch keys for background agents';
const RUN_AGENTS = 'run any background agent';

[$action, $given] = [$extra[0], json_decode($extra[1] ?? '{}', TRUE, 512, JSON_THROW_ON_ERROR)];

$person = function (string $name): User {
  $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  return reset($found) ?: User::create(['name' => $name, 'pass' => "test-$name", 'mail' => "$name@example.com"]);
};

$prepare = function (): array {
  $there = array_keys(\Drupal::service('extension.list.module')->reset()->getList());
  $wanted = ['tool' => ['tool'], 'maestro' => ['maestro', 'background_agents_maestro']];
  $found = array_values(array_intersect(array_keys($wanted), $there));
  foreach ($found as $name) {
    \Drupal::service('module_installer')->install($wanted[$name]);
  }
  return $found;
};

$key = function (array $given) use ($person): string {
  $owner = $person($given['user']);
  $role = Role::load($given['user']) ?? Role::create(['id' => $given['user'], 'label' => $given['user']]);
  $own = $role->isNew() || str_starts_with($given['user'], 'doors_');
  $granted = $own ? $given['permissions'] ?? [RUN_AGENTS, 'view own background agent runs', 'manage own background agent runs'] : [];
  array_map($role->grantPermission(...), [HAVE_KEYS, ...$granted]);
  $role->save();
  $owner->addRole($role->id())->activate()->save();
  $token = DispatchKeyToken::make(uniqid('', TRUE));
  $expires = isset($given['seconds']) ? time() + $given['seconds'] : NULL;
  \Drupal::service(KeyStore::class)->insert(new DispatchKey($token->id, (int) $owner->id(), $given['name'], NULL, time(), $expires), $token);
  return $token->text();
};

$end = function (array $given) use ($person): bool {
  $owner = $person($given['user']);
  match ($given['how']) {
    'revoked' => \Drupal::service(KeyStore::class)->delete((int) $owner->id()),
    'blocked' => $owner->block()->save(),
    'no keys' => Role::load($given['user'])->revokePermission(HAVE_KEYS)->save(),
    'no agents' => Role::load($given['user'])->revokePermission(RUN_AGENTS)->save(),
  };
  return TRUE;
};

$tool = function (array $given) use ($person): array {
  \Drupal::service('account_switcher')->switchTo($person($given['user']));
  $tool = \Drupal::service('plugin.manager.tool')->createInstance($given['tool']);
  foreach ($given['values'] as $name => $value) {
    $tool->setInputValue($name, $value);
  }
  $tool->execute();
  $result = $tool->getResult();
  $values = [];
  foreach ($result->isSuccess() ? array_keys($tool->getOutputDefinitions()) : [] as $name) {
    $values[$name] = $tool->getOutputValue($name);
  }
  return ['done' => $result->isSuccess(), 'message' => (string) $result->getMessage(), 'values' => $values];
};

$flow = function (array $given) use ($person): int {
  $task = static fn (string $id, string $type, string $next = ''): array => [
    'id' => $id,
    'tasktype' => $type,
    'label' => $id,
    'nextstep' => $next,
    'nextfalsestep' => '',
    'assignby' => 'fixed',
    'assignto' => 'engine',
    'assigned' => '',
  ];
  $work = $task('work', 'BackgroundAgent', 'end');
  $work['data']['background_agent'] = ['agent' => $given['agent'], 'input' => json_encode(['nonce' => uniqid()]), 'runVariable' => 'run'];
  $storage = \Drupal::entityTypeManager()->getStorage('maestro_template');
  $storage->load('e2e_flow')?->delete();
  $storage->create([
    'id' => 'e2e_flow',
    'label' => 'E2E',
    'validated' => TRUE,
    'default_workflow_timeline_stage_count' => 0,
    'variables' => array_map(static fn (string $id): array => ['variable_id' => $id, 'variable_value' => ''], ['initiator' => 'initiator', 'run' => 'run']),
    'tasks' => ['start' => $task('start', 'MaestroStart', 'work'), 'work' => $work, 'end' => $task('end', 'MaestroEnd')],
  ])->save();
  \Drupal::service('account_switcher')->switchTo($person($given['user']));
  return (int) (new MaestroEngine())->newProcess('e2e_flow');
};

$engine = function (array $given): array {
  \Drupal::service('account_switcher')->switchTo(new AnonymousUserSession());
  $queue = \Drupal::entityTypeManager()->getStorage('maestro_queue');
  for ($time = 0; $time < 3; $time++) {
    $queue->resetCache();
    (new MaestroEngine())->cleanQueue();
  }
  $queue->resetCache();
  $open = $queue->loadByProperties(['process_id' => $given['process'], 'archived' => 0]);
  return [
    'run' => (string) MaestroEngine::getProcessVariable('run', $given['process']),
    'ended' => $open === [],
  ];
};

print json_encode(['prepare' => $prepare, 'key' => $key, 'end' => $end, 'tool' => $tool, 'flow' => $flow, 'engine' => $engine][$action]($given));
