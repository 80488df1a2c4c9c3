<?php

/**
 * @file
 * Lets models react to what people decide, and decide themselves; prints JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunUndoneEvent;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\eca\Entity\Eca;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\User;

\Drupal::state()->delete('background_agents.stopped');
\Drupal::currentUser()->setAccount(User::load(1));
$state = \Drupal::service('eca.state');
$switcher = \Drupal::service('account_switcher');
$result = [];

Agent::load('eca_review')?->delete();
$agent = Agent::create([
  'id' => 'eca_review',
  'label' => 'ECA review',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
  'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'create', 'revise']]]],
]);
\Drupal::service(AccountMaker::class)->create($agent);
$agent->save();
user_role_grant_permissions((string) $agent->getRole(), [
  'access content', 'create article content', 'edit any article content', 'use editorial transition create_new_draft',
  'view any unpublished content', 'view latest version', 'view all revisions',
]);
$account = \Drupal::service(AccountMarks::class)->account($agent);

/**
 * Saves a model: one event, an optional condition, actions one after another.
 */
$model = function (string $id, string $event, array $configuration, array $actions, ?array $condition = NULL) use (&$result): void {
  Eca::load($id)?->delete();
  $names = array_keys($actions);
  $steps = [];
  foreach ($names as $i => $name) {
    $steps[$name] = $actions[$name] + ['label' => $name, 'successors' => isset($names[$i + 1]) ? [['id' => $names[$i + 1], 'condition' => '']] : []];
  }
  $eca = Eca::create([
    'id' => $id,
    'label' => $id,
    'status' => TRUE,
    'version' => '1',
    'events' => ['event' => ['plugin' => $event, 'label' => $event, 'configuration' => $configuration, 'successors' => [['id' => $names[0], 'condition' => $condition === NULL ? '' : 'condition']]]],
    'conditions' => $condition === NULL ? [] : ['condition' => $condition],
    'gateways' => [],
    'actions' => $steps,
  ]);
  $eca->save();
  foreach (\Drupal::service('config.typed')->createFromNameAndData($eca->getConfigDependencyName(), $eca->toArray())->validate() as $violation) {
    $result['violations'][] = $id . ' ' . $violation->getPropertyPath() . ': ' . $violation->getMessage();
  }
};
$note = fn (string $key, string $value): array => ['plugin' => 'eca_state_write', 'configuration' => ['key' => "bga.$key", 'value' => $value, 'use_yaml' => FALSE, 'validate_yaml' => FALSE]];
$told = '[agent_decision:status]|[agent_decision:code]|[agent_decision:error]';
$article = function (string $title): Node {
  $node = Node::create(['type' => 'article', 'title' => $title, 'uid' => 1, 'moderation_state' => 'published']);
  $node->save();
  return $node;
};
$about = fn (Node $node): array => ['entity_type' => 'node', 'bundle' => 'article', 'uuid' => $node->uuid(), 'id' => (string) $node->id(), 'langcode' => 'en', 'label' => $node->label()];
$start = function (?Node $node = NULL) use ($about): Run {
  $run = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'eca_review', triggerType: 'cron', entity: $node === NULL ? NULL : $about($node)))->run;
  \Drupal::database()->update('background_agents_outbox')->fields(['status' => 1, 'attempt' => 1, 'claimed_by' => 'test', 'claimed_until' => 2000000000])->condition('run', $run->uuid())->execute();
  \Drupal::service(RunStore::class)->update((int) $run->id(), ['attempt' => 1, 'state' => 'running']);
  return \Drupal::service(RunStore::class)->load((int) $run->id());
};
$left = function (Run $run, Node $node, string $title) use ($account, $switcher): Change {
  $document = (object) [
    'key' => hash('sha256', $run->uuid() . $title),
    'run' => $run->uuid(),
    'attempt' => 1,
    'generation' => $run->getGeneration(),
    'operation' => 'revise',
    'entity_type' => 'node',
    'bundle' => 'article',
    'entity' => $node->uuid(),
    'expected_revision' => (int) \Drupal::entityTypeManager()->getStorage('node')->getLatestRevisionId($node->id()),
    'langcode' => 'en',
    'fields' => (object) ['title' => $title],
    'summary' => 'Better title.',
    'checkpoint' => NULL,
  ];
  $context = \Drupal::service(RunContext::class);
  $context->enter($run);
  $switcher->switchTo(\Drupal::service(AgentAccounts::class)->load($account->uuid()));
  try {
    \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument($document, new Contracts()), $run);
  }
  finally {
    $switcher->switchBack();
    $context->leave();
  }
  $found = \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['effect_key' => $document->key]);
  return reset($found);
};
$seen = fn (Change $change) => \Drupal::service(DraftVersions::class)->seen($change);
$after = fn () => \Drupal::service(DecisionListeners::class)->destruct();
$reviewer = \Drupal::service(Reviewer::class);

/*
 * What people decide.
 */
$decided = '[run:agent]|[change]|[change:status]|[change:outcome]|[change:reason]|[decided_by:name]|[entity:title]|[event:machine_name]';
$model('bgr_accepted', 'background_agents:draft_accepted', ['agent' => 'eca_review'], [
  'note' => $note('accepted', $decided),
  'dispatch' => ['plugin' => 'background_agents_dispatch', 'configuration' => ['agent' => 'eca_review', 'input' => '', 'entity' => 'entity', 'key' => '', 'token_name' => 'agent_run']],
  'loop' => $note('loop', '[agent_run:status]|[agent_run:code]'),
]);
$model('bgr_accepted_other', 'background_agents:draft_accepted', ['agent' => 'another_agent'], ['note' => $note('accepted_other', $decided)]);
$model('bgr_refused', 'background_agents:draft_refused', ['agent' => ''], ['note' => $note('refused', $decided)]);
$model('bgr_sent_back', 'background_agents:draft_sent_back', ['agent' => ''], ['note' => $note('sent_back', "[run:agent]|[remarks]|[remarks:fields:title]|[change:status]|[decided_by:name]")]);
$model('bgr_undone', 'background_agents:run_undone', ['agent' => ''], ['note' => $note('undone', '[run:agent]|[undo]|[undo:left]|[decided_by:name]')]);
$model('bgr_started', 'background_agents:run_started', ['agent' => 'eca_review'], ['note' => $note('started', '[run:agent]|[run:state]|[event:machine_name]')]);

$change = $left($start(), $article('One'), 'Better one');
$reviewer->accept($change, $seen($change), new Choice(), 'published');
$after();
$change = $left($start(), $article('Two'), 'Better two');
$reviewer->refuse($change, $seen($change), 'Not better.');
$after();
\Drupal::service(DecisionListeners::class)->add(new RunUndoneEvent($change->getRun(), 1, [$change], []));
$after();
$run = $start();
\Drupal::service(EventIntake::class)->takeIn([(object) ['run' => $run->uuid(), 'attempt' => 1, 'generation' => 1, 'events' => [(object) ['seq' => 1, 'type' => 'run_started', 'time' => '2026-11-20T09:15:00.123456Z', 'step' => NULL, 'data' => (object) ['worker' => 'w'], 'hash' => str_repeat('a', 32)]]]]);

/*
 * What models decide: a draft goes back when its run has ended.
 */
$back = fn (string $fields): array => ['plugin' => 'background_agents_send_back', 'configuration' => ['draft' => 'entity', 'remark' => 'Shorter than "[entity:title]".', 'fields' => $fields, 'token_name' => 'agent_decision']];
$model('bgr_back', 'background_agents:run_finished', ['agent' => 'eca_review'], ['back' => $back('title: "No adjectives."'), 'note' => $note('back', $told)]);
$node = $article('Three');
$run = $start($node);
$change = $left($run, $node, 'Better three');
\Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Completed, 'done');
$after();
$now = \Drupal::service(RunStore::class)->load((int) $run->id());
$result['back'] = ['state' => $now->getState()->value, 'generation' => $now->getGeneration()];
\Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Failed, 'test');

/*
 * Nobody who may not: neither an anonymous visitor nor the agent itself.
 */
$plugins = \Drupal::service('plugin.manager.action');
$tokens = \Drupal::service('eca.token_services');
$tokens->addTokenData('run', $start());
$tokens->addTokenData('entity', $node);
foreach (['background_agents_cancel' => ['run' => 'run', 'note' => ''], 'background_agents_answer' => ['run' => 'run', 'decision' => 'approve', 'note' => ''], 'background_agents_send_back' => ['draft' => 'entity', 'remark' => 'x', 'fields' => '']] as $id => $configuration) {
  $action = $plugins->createInstance($id, $configuration + ['token_name' => '']);
  $result['access'][$id] = [$action->access(NULL, User::load(1)), $action->access(NULL, User::getAnonymousUser()), $action->access(NULL, User::load($account->id()))];
  $result['external'][$id] = $action::externallyAvailable();
}

/*
 * A run is answered, and cancelled.
 */
$answer = fn (string $decision): array => ['plugin' => 'background_agents_answer', 'configuration' => ['run' => 'run', 'decision' => $decision, 'note' => 'By a model.', 'token_name' => 'agent_decision']];
$run = $start();
$model('bgr_nothing', 'background_agents:run_started', ['agent' => ''], ['answer' => $answer('approve'), 'note' => $note('nothing', $told)]);
$begin = fn (Run $run) => \Drupal::service(EventIntake::class)->takeIn([(object) ['run' => $run->uuid(), 'attempt' => 1, 'generation' => 1, 'events' => [(object) ['seq' => 1, 'type' => 'run_started', 'time' => '2026-11-20T09:15:00.123456Z', 'step' => NULL, 'data' => (object) ['worker' => 'w'], 'hash' => str_repeat('a', 32)]]]]);
$begin($run);
Eca::load('bgr_nothing')->delete();
$question = ['id' => 'q1', 'question' => 'Was it sent?', 'kind' => 'in_doubt', 'tool' => 'mcp:mail.send', 'choices' => ['done', 'again', 'give_up']];
\Drupal::service(RunData::class)->setWaiting((int) $run->id(), ['for' => 'approval', 'data' => (object) ['id' => 'q1', 'question' => (object) $question]]);
\Drupal::service(RunStore::class)->update((int) $run->id(), ['state' => 'waiting', 'waiting_for' => 'approval']);
foreach (['wrong' => 'approve', 'answer' => 'done'] as $name => $decision) {
  $model('bgr_answer', 'background_agents:run_waits', ['agent' => ''], ['answer' => $answer($decision), 'note' => $note($name, $told)]);
  \Drupal::service('event_dispatcher')->dispatch(new RunWaitsForPersonEvent(\Drupal::service(RunStore::class)->load((int) $run->id()), (object) $question));
  Eca::load('bgr_answer')->delete();
}
$result['commands'] = \Drupal::database()->query("SELECT command, data, uid FROM {background_agents_command} WHERE run = :run", [':run' => $run->id()])->fetchAll();
$model('bgr_cancel', 'background_agents:run_started', ['agent' => ''], ['cancel' => ['plugin' => 'background_agents_cancel', 'configuration' => ['run' => 'run', 'note' => 'Too late.', 'token_name' => 'agent_decision']], 'note' => $note('cancel', $told)]);
$run = $start();
$begin($run);
$result['cancel'] = \Drupal::database()->query("SELECT command, uid FROM {background_agents_command} WHERE run = :run", [':run' => $run->id()])->fetchAll();
Eca::load('bgr_cancel')->delete();

/*
 * Who is at work on an item.
 */
foreach (['busy' => ['', FALSE], 'busy_other' => ['another_agent', FALSE], 'idle' => ['', TRUE]] as $name => [$who, $negate]) {
  $model("bgr_$name", 'content_entity:update', ['type' => 'node article'], ['note' => $note($name, 'Title: [node:title]')], ['plugin' => 'background_agents_at_work', 'configuration' => ['entity' => 'node', 'agent' => $who, 'negate' => $negate]]);
}
foreach (['busy', 'busy_other', 'idle'] as $name) {
  $state->delete("bga.$name");
}
$node = $article('Four');
$run = $start($node);
$node->setTitle('Four, busy')->save();
\Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Failed, 'test');
$node->setTitle('Four, idle')->save();

foreach (['accepted', 'accepted_other', 'loop', 'refused', 'sent_back', 'undone', 'started', 'back', 'nothing', 'wrong', 'answer', 'cancel', 'busy', 'busy_other', 'idle'] as $key) {
  $result['told'][$key] = $state->get("bga.$key");
  $state->delete("bga.$key");
}
foreach (Eca::loadMultiple() as $eca) {
  if (str_starts_with((string) $eca->id(), 'bgr_')) {
    $eca->delete();
  }
}

print json_encode($result);
