<?php

/**
 * @file
 * Builds ECA models, lets content changes and ends of runs set them off, and
 * prints what came of it as JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Trigger\TriggerProcessor;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\eca\Entity\Eca;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\User;

\Drupal::state()->delete('background_agents.stopped');
\Drupal::currentUser()->setAccount(User::load(1));

$dispatcher = \Drupal::service(Dispatcher::class);
$processor = \Drupal::service(TriggerProcessor::class);
$runs = \Drupal::service(RunStore::class);
$data = \Drupal::service(RunData::class);
$state = \Drupal::service('eca.state');

/*
 * An agent with an account of its own.
 */
Agent::load('eca_agent')?->delete();
$agent = Agent::create([
  'id' => 'eca_agent',
  'label' => 'ECA agent',
  'definition' => [
    'system_prompt' => 'Test.',
    'input_schema' => json_encode(['type' => 'object', 'properties' => ['title' => ['type' => 'string'], 'words' => ['type' => 'integer']], 'required' => ['title']]),
    'tools' => ['describe_content'],
  ],
  'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]]],
]);
\Drupal::service(AccountMaker::class)->create($agent);
$agent->save();

/**
 * Saves a model: one event, an optional condition, actions one after another.
 */
$model = function (string $id, string $event, array $eventConfiguration, array $actions, array $condition = []): void {
  Eca::load($id)?->delete();
  $steps = [];
  $names = array_keys($actions);
  foreach ($names as $i => $name) {
    $steps[$name] = $actions[$name] + ['label' => $name, 'successors' => isset($names[$i + 1]) ? [['id' => $names[$i + 1], 'condition' => '']] : []];
  }
  Eca::create([
    'id' => $id,
    'label' => $id,
    'status' => TRUE,
    'version' => '1',
    'events' => [
      'event' => [
        'plugin' => $event,
        'label' => $event,
        'configuration' => $eventConfiguration,
        'successors' => [['id' => $names[0], 'condition' => $condition === [] ? '' : 'condition']],
      ],
    ],
    'conditions' => $condition === [] ? [] : ['condition' => ['plugin' => 'background_agents_run', 'configuration' => $condition]],
    'gateways' => [],
    'actions' => $steps,
  ])->save();
};
$dispatch = fn (array $configuration): array => [
  'plugin' => 'background_agents_dispatch',
  'configuration' => $configuration + ['agent' => 'eca_agent', 'input' => '', 'entity' => 'entity', 'key' => '', 'token_name' => 'agent_run'],
];
$note = fn (string $key, string $value): array => [
  'plugin' => 'eca_state_write',
  'configuration' => ['key' => $key, 'value' => $value, 'use_yaml' => FALSE, 'validate_yaml' => FALSE],
];
$article = function (string $title): Node {
  $node = Node::create(['type' => 'article', 'title' => $title, 'uid' => 1, 'moderation_state' => 'published']);
  $node->save();
  return $node;
};
$seen = "[agent_run]|[agent_run:status]|[agent_run:code]|[agent_run:error]";
$result = [];

/*
 * An article is saved: the action runs within its transaction.
 */
$model('bga_insert', 'content_entity:insert', ['type' => 'node article'], [
  'dispatch' => $dispatch(['input' => "title: \"[node:title]\"\nwords: 50\n", 'key' => 'k-[node:uuid]', 'token_name' => 'agent_run']),
  'note' => $note('bga.insert', $seen),
]);
$node = $article('Tom & Jerry\'s "night": [node:nid] {x: 1}');
[$uuid, $status] = explode('|', (string) $state->get('bga.insert'));
$within = $runs->byUuid($uuid) !== NULL;
$processor->process();
$run = $runs->byUuid($uuid);
$result['insert'] = [
  'title' => $node->label(),
  'token_uuid' => $uuid,
  'token_status' => $status,
  'run_existed_within_save' => $within,
  'run' => $run === NULL ? NULL : [
    'uuid' => $run->uuid(),
    'state' => $run->getState()->value,
    'trigger' => $run->getTriggerType(),
    'trigger_id' => $run->getTriggerId(),
    'requester' => $run->getRequesterId(),
    'target' => $run->getTarget(),
    'input' => $data->input((int) $run->id()),
  ],
  'node_uuid' => $node->uuid(),
];
Eca::load('bga_insert')->delete();

/*
 * The same key twice: one run, and both tokens lead to it.
 */
$model('bga_update', 'content_entity:update', ['type' => 'node article'], [
  'dispatch' => $dispatch(['input' => '{"title": "[node:title]"}', 'key' => 'u-[node:uuid]']),
  'note' => $note('bga.update', $seen),
]);
$uuids = [];
foreach (['One', 'Two'] as $title) {
  $node->setTitle($title)->save();
  $uuids[] = explode('|', (string) $state->get('bga.update'))[0];
  $processor->process();
}
$result['key'] = [
  'tokens' => $uuids,
  'runs' => array_map(static fn (string $uuid): ?string => $runs->byUuid($uuid)?->uuid(), $uuids),
];
Eca::load('bga_update')->delete();

/*
 * Refused: the model goes on and can tell why.
 */
$model('bga_refused', 'content_entity:insert', ['type' => 'node article'], [
  'dispatch' => $dispatch(['input' => 'title: "x"']),
  'note' => $note('bga.refused', $seen),
]);
$agent->setStatus(FALSE)->save();
$article('While the agent is disabled');
$result['disabled'] = (string) $state->get('bga.refused');
$agent->setStatus(TRUE)->save();
\Drupal::state()->set('background_agents.stopped', ['uid' => 1, 'time' => 1]);
$article('While all agents are stopped');
$result['stopped'] = (string) $state->get('bga.refused');
\Drupal::state()->delete('background_agents.stopped');
Eca::load('bga_refused')->delete();

/*
 * Input that is no YAML, or holds a bare token: refused with a sentence.
 */
foreach (['bare' => 'title: [node:title]', 'list' => '- a', 'broken' => 'a: b: c'] as $name => $input) {
  $model('bga_input', 'content_entity:insert', ['type' => 'node article'], ['dispatch' => $dispatch(['input' => $input]), 'note' => $note('bga.input', $seen)]);
  $article('Wrong input');
  $result['input'][$name] = (string) $state->get('bga.input');
}
Eca::load('bga_input')->delete();

/*
 * Ends of runs and drafts set off models.
 */
$about = ['entity_type' => 'node', 'bundle' => 'article', 'uuid' => $node->uuid(), 'id' => (string) $node->id(), 'langcode' => 'en', 'label' => 'Two'];
$told = '[run]|[run:agent]|[run:state]|[run:reason]|[run:output:summary]|[entity:title]|[event:machine_name]';
$model('bga_finished', 'background_agents:run_finished', ['agent' => 'eca_agent'], ['note' => $note('bga.finished', $told)], ['run' => 'run', 'agent' => 'eca_agent', 'state' => 'completed', 'negate' => FALSE]);
$model('bga_finished_other', 'background_agents:run_finished', ['agent' => 'another_agent'], ['note' => $note('bga.finished_other', $told)]);
$model('bga_finished_condition', 'background_agents:run_finished', ['agent' => ''], ['note' => $note('bga.finished_condition', $told)], ['run' => 'run', 'agent' => '', 'state' => 'failed', 'negate' => FALSE]);
$model('bga_failed', 'background_agents:run_failed', ['agent' => ''], ['note' => $note('bga.failed', $told)]);
$model('bga_draft', 'background_agents:draft_saved', ['agent' => ''], ['note' => $note('bga.draft', '[run:agent]|[change:operation]|[change]|[entity:title]')]);
$model('bga_waits', 'background_agents:run_waits', ['agent' => 'eca_agent'], ['note' => $note('bga.waits', '[run:agent]|[question]|[question:kind]|[question:tool]|[question:expires]|[entity:title]|[event:machine_name]')]);
$model('bga_waits_other', 'background_agents:run_waits', ['agent' => 'another_agent'], ['note' => $note('bga.waits_other', '[run]')]);
foreach (['finished', 'finished_other', 'finished_condition', 'failed', 'draft', 'waits', 'waits_other'] as $key) {
  $state->delete('bga.' . $key);
}
$start = fn () => $dispatcher->dispatch(new DispatchRequest(agent: 'eca_agent', triggerType: 'eca', input: (object) ['title' => 'x'], entity: $about))->run;
$good = $start();
$data->setOutput((int) $good->id(), (object) ['summary' => 'All is well']);
\Drupal::service(RunFinisher::class)->finish($good->uuid(), RunState::Completed, 'done');
$bad = $start();
\Drupal::service(RunFinisher::class)->finish($bad->uuid(), RunState::Failed, 'limit:steps', 'Too many steps.');
$node->setNewRevision();
$node->set('title', 'A draft of an agent')->set('moderation_state', 'draft')->save();
$change = Change::create([
  'run' => $good->id(),
  'agent' => 'eca_agent',
  'target_type' => 'node',
  'target_bundle' => 'article',
  'target_uuid' => $node->uuid(),
  'target_id' => $node->id(),
  'target_label' => $node->label(),
  'target_revision' => $node->getRevisionId(),
  'operation' => 'revise',
  'summary' => 'Shorter',
  'effect_key' => hash('sha256', 'eca' . $good->id()),
]);
$change->save();
\Drupal::service('event_dispatcher')->dispatch(new ChangeSavedEvent($change, $good));
$question = (object) ['id' => 'q', 'question' => 'Was it sent?', 'kind' => 'in_doubt', 'tool' => 'mcp:mail.send', 'expires' => '2030-01-31T09:15:00Z'];
\Drupal::service('event_dispatcher')->dispatch(new RunWaitsForPersonEvent($start(), $question));
$result['events'] = ['good' => $good->uuid(), 'bad' => $bad->uuid()];
foreach (['finished', 'finished_other', 'finished_condition', 'failed', 'draft', 'waits', 'waits_other'] as $key) {
  $result['events'][$key] = $state->get('bga.' . $key);
  Eca::load('bga_' . $key)->delete();
}

/*
 * Outside of a model the action asks for the permission.
 */
$action = \Drupal::service('plugin.manager.action')->createInstance('background_agents_dispatch', ['agent' => 'eca_agent']);
$result['access'] = ['admin' => $action->access(NULL, User::load(1)), 'anonymous' => $action->access(NULL, User::getAnonymousUser())];
$result['externally_available'] = $action::externallyAvailable();

/*
 * Every piece of configuration has a schema.
 */
$typed = \Drupal::service('config.typed');
foreach (['action.configuration.background_agents_dispatch', 'eca.event.plugin.background_agents:run_finished', 'eca.event.plugin.background_agents:run_failed', 'eca.event.plugin.background_agents:run_waits', 'eca.event.plugin.background_agents:draft_saved', 'eca.condition.plugin.background_agents_run'] as $name) {
  $result['schema'][$name] = $typed->hasConfigSchema($name);
}

print json_encode($result);
