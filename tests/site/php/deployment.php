<?php

/**
 * @file
 * Agents that travel by configuration; prints JSON.
 *
 * Arguments: a command and, for some, the id of an agent. "given" makes an
 * agent with its role, account and trigger; "lose" takes all of that away, as
 * on a site that never had it; "facts" tells about the agent and its account.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

const AGENT = 'deployed';

/**
 * Deletes the agent, its trigger, its roles and its accounts.
 */
function deployment_lose(): array {
  Trigger::load('deployed_trigger')?->delete();
  $agent = Agent::load(AGENT);
  $users = \Drupal::entityTypeManager()->getStorage('user');
  foreach (array_filter(['deployed_lesser', 'agent_deployed', $agent?->getRole()]) as $role) {
    $users->delete($users->loadByProperties(['roles' => $role]));
  }
  $users->delete($users->loadMultiple($users->getQuery()->accessCheck(FALSE)->condition('name', 'Deployed agent', 'STARTS_WITH')->execute()));
  $agent?->delete();
  foreach (['deployed_lesser', 'agent_deployed'] as $role) {
    Role::load($role)?->delete();
  }
  NodeType::load('deployed_type')?->delete();
  ConfigurableLanguage::load('nl')?->delete();
  return [];
}

/**
 * An agent as the form makes it, of a content type and a language of its own.
 */
function deployment_given(): array {
  deployment_lose();
  \Drupal::state()->delete('background_agents.stopped');
  \Drupal::currentUser()->setAccount(User::load(1));
  NodeType::create(['type' => 'deployed_type', 'name' => 'Deployed'])->save();
  ConfigurableLanguage::createFromLangcode('nl')->save();
  $agent = Agent::create([
    'id' => AGENT,
    'label' => 'Deployed agent',
    'definition' => ['system_prompt' => 'Test.', 'tools' => ['read_item', 'revise_draft']],
    'binding' => [
      'model' => 'scripted:test',
      'content' => ['node' => ['article' => ['read', 'revise'], 'deployed_type' => ['read']]],
      'langcodes' => ['nl'],
    ],
  ]);
  \Drupal::service(AccountMaker::class)->create($agent);
  $agent->save();
  // A role may depend on the agent that depends on it.
  Role::load($agent->getRole())->grantPermission('run ' . AGENT . ' background agent')->save();
  Trigger::create([
    'id' => 'deployed_trigger',
    'label' => 'Deployed trigger',
    'agent' => AGENT,
    'type' => 'content',
    'settings' => ['bundles' => ['deployed_type'], 'langcodes' => ['nl']] + Trigger::CONTENT_SETTINGS,
  ])->save();
  return deployment_facts();
}

/**
 * The agent, and who it is on this site.
 */
function deployment_facts(): array {
  $agent = Agent::load(AGENT);
  $account = $agent === NULL ? NULL : \Drupal::service(AccountMarks::class)->account($agent);
  return [
    'agent' => $agent?->toArray(),
    'trigger' => Trigger::load('deployed_trigger')?->toArray(),
    'hash' => $agent?->toSnapshot()['hash'],
    'missing' => $agent === NULL ? [] : \Drupal::service(AgentAccounts::class)->validate($agent),
    'account' => $account === NULL ? NULL : [
      'id' => (int) $account->id(),
      'uuid' => $account->uuid(),
      'roles' => $account->getRoles(TRUE),
      'password' => $account->getPassword(),
      'active' => $account->isActive(),
    ],
  ];
}

/**
 * Puts an agent and a waiting job back into the form of older releases.
 */
function deployment_older(): array {
  $account = \Drupal::service(AccountMarks::class)->account(Agent::load(AGENT));
  \Drupal::configFactory()->getEditable('background_agents.agent.' . AGENT)->clear('role')->set('account', $account->uuid())->save(TRUE);
  \Drupal::service(AccountMarks::class)->forget(AGENT);
  $job = ['run' => 'x', 'agent' => ['id' => AGENT, 'binding' => ['model' => 'a:b', 'account' => $account->uuid(), 'limits' => new \stdClass()]], 'input' => new \stdClass()];
  \Drupal::database()->insert('background_agents_outbox')->fields([
    'run' => '00000000-0000-4000-8000-00000000dead', 'status' => 1, 'available_at' => 2000000000, 'job' => json_encode($job), 'created' => time(),
  ])->execute();
  return ['uuid' => $account->uuid()];
}

/**
 * Another role, which may less.
 */
function deployment_lesser(): array {
  Role::create(['id' => 'deployed_lesser', 'label' => 'Lesser', 'permissions' => ['access content']])
    ->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->save();
  Agent::load(AGENT)->set('role', 'deployed_lesser')->save();
  return deployment_facts();
}

$result = match ($extra[0]) {
  'given' => deployment_given(),
  'lose' => deployment_lose(),
  'facts' => deployment_facts(),
  'older' => deployment_older(),
  'lesser' => deployment_lesser(),
};
print json_encode($result, JSON_FORCE_OBJECT * (int) ($result === []));
