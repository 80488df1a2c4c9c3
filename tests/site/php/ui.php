<?php

/**
 * @file
 * What the tests of the pages need; prints JSON.
 *
 * Arguments: "given" makes agents, people and runs; "events ID STATE" adds
 * events to a run and puts it into a state; "validate" checks all of our
 * configuration against its schema.
 */

declare(strict_types=1);

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

const EVIL = "<script>document.title = 'owned'</script><img src=x onerror=\"alert(1)\"> \u{202E}txt";

/**
 * Stores events of a run: lists of type, data, step.
 */
function ui_add_events(int $id, array $events): void {
  $store = \Drupal::service(RunStore::class);
  $seq = $store->load($id)->getLastSeq();
  $made = [];
  foreach ($events as [$type, $data, $step]) {
    $seq++;
    $made[] = (object) [
      'seq' => $seq,
      'type' => $type,
      'time' => gmdate('Y-m-d\TH:i:s\Z'),
      'step' => $step,
      'data' => json_decode(json_encode($data)),
      'hash' => md5("$id-$seq"),
    ];
  }
  \Drupal::service(EventStore::class)->insert($id, $made);
  $store->update($id, ['last_seq' => $seq]);
}

/**
 * An agent with an account, people, an article and runs.
 */
function ui_given(): array {
  \Drupal::state()->delete('background_agents.stopped');
  \Drupal::currentUser()->setAccount(User::load(1));
  Agent::load('ui_agent')?->delete();
  $schema = [
    'type' => 'object',
    'properties' => [
      'title' => ['type' => 'string', 'title' => 'Title', 'maxLength' => 100],
      'words' => ['type' => 'integer', 'minimum' => 1],
      'tone' => ['enum' => ['friendly', 'formal']],
      'strict' => ['type' => 'boolean'],
      'tags' => ['type' => 'array'],
    ],
    'required' => ['title'],
  ];
  $agent = Agent::create([
    'id' => 'ui_agent',
    'label' => 'UI agent',
    'description' => '<script>document.title = "owned"</script>',
    'definition' => ['system_prompt' => 'Test.', 'input_schema' => json_encode($schema), 'tools' => ['describe_content']],
    'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]]],
  ]);
  \Drupal::service(AccountMaker::class)->create($agent);
  $agent->save();
  Role::load('ui_runner')?->delete();
  Role::create([
    'id' => 'ui_runner',
    'label' => 'Runner',
    'permissions' => ['access content', 'run ui_agent background agent', 'view own background agent runs', 'manage own background agent runs'],
  ])->save();
  $people = [];
  foreach (['ui_runner', 'ui_other'] as $name) {
    $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
    $account = reset($found) ?: User::create(['name' => $name, 'mail' => "$name@example.com"]);
    $account->set('roles', ['ui_runner'])->activate()->save();
    $people[$name] = (int) $account->id();
  }
  $node = Node::create(['type' => 'article', 'title' => 'Tom & Jerry <b>', 'uid' => 1, 'moderation_state' => 'published']);
  $node->save();
  $target = ['entity_type' => 'node', 'bundle' => 'article', 'uuid' => $node->uuid(), 'id' => (string) $node->id(), 'label' => $node->label()];
  $runs = [];
  foreach (['live', 'waiting', 'failed', 'cancel'] as $name) {
    $runs[$name] = (int) \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'ui_agent', triggerType: 'manual', input: (object) ['title' => EVIL], requester: $people['ui_runner'], entity: $target))->run->id();
    ui_add_events($runs[$name], [
      ['run_started', ['worker' => EVIL], NULL],
      ['step_started', ['number' => 1], 1],
      ['model_requested', ['model' => 'm:x', 'messages' => [['role' => 'user', 'content' => EVIL]], 'tools' => ['find_items'], 'left_out' => [['tool' => 'mcp:files.bad', 'reason' => 'It is broken. ' . EVIL]], 'unit' => 's0/model#1'], 1],
      ['model_responded', ['model' => EVIL, 'text' => EVIL, 'usage' => ['input_tokens' => 1200, 'output_tokens' => 34], 'unit' => 's0/model#1'], 1],
      ['tool_started', ['tool' => EVIL, 'label' => EVIL, 'call' => 'c1', 'arguments' => ['a' => EVIL], 'unit' => 's0/1/find_items@c1'], 1],
    ]);
    \Drupal::service(RunStore::class)->update($runs[$name], ['state' => 'running', 'started' => time() - 5, 'attempt' => 1]);
  }
  ui_add_events($runs['waiting'], [['approval_requested', ['id' => 'q1', 'question' => 'Was it sent? ' . EVIL, 'kind' => 'in_doubt', 'tool' => 'mcp:mail.send', 'choices' => ['done', 'again', 'give_up']], NULL], ['run_waiting', ['for' => 'approval'], NULL]]);
  \Drupal::service(RunStore::class)->update($runs['waiting'], ['state' => 'waiting', 'waiting_for' => 'approval', 'reason' => 'in_doubt']);
  \Drupal::service(RunFinisher::class)->finish(\Drupal::service(RunStore::class)->load($runs['failed'])->uuid(), RunState::Failed, 'limit:steps', EVIL);
  return ['runs' => $runs, 'people' => $people, 'node' => (int) $node->id(), 'title' => $node->label()];
}

/**
 * What is wrong with our configuration, by name.
 */
function ui_validate(): array {
  $typed = \Drupal::service('config.typed');
  $wrong = [];
  foreach (\Drupal::configFactory()->listAll('background_agents.') as $name) {
    foreach ($typed->createFromNameAndData($name, \Drupal::config($name)->getRawData())->validate() as $violation) {
      $wrong[$name][] = $violation->getPropertyPath() . ': ' . $violation->getMessage();
    }
  }
  return $wrong;
}

[$command, $id, $what] = $extra + ['given', 0, ''];
$result = match ($command) {
  'given' => ui_given(),
  'validate' => ui_validate(),
  'draft' => (function () use ($id): array {
    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $node = $storage->createRevision($storage->load($id), FALSE);
    $node->set('moderation_state', 'draft')->set('title', 'By the agent')->setSyncing(TRUE)->save();
    $run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadByProperties(['agent' => 'ui_agent']);
    Change::create([
      'run' => reset($run)->id(), 'agent' => 'ui_agent', 'target_type' => 'node', 'target_bundle' => 'article', 'target_uuid' => $node->uuid(), 'target_id' => $node->id(),
      'target_langcode' => 'en', 'target_label' => $node->label(), 'target_revision' => $node->getRevisionId(), 'operation' => 'revise', 'summary' => 'A draft & more.',
    ])->save();
    return [];
  })(),
  'events' => (function () use ($id, $what): array {
    $sets = [
      'tool' => [['tool_finished', ['tool' => 'find_items', 'call' => 'c1', 'status' => 'ok', 'result' => ['html' => EVIL], 'unit' => 's0/1/find_items@c1'], 1]],
      'step' => [['step_finished', ['number' => 1], 1], ['step_started', ['number' => 2], 2], ['model_requested', ['model' => 'm:x', 'unit' => 's0/model#2'], 2]],
      'ask' => [['approval_requested', ['id' => 'q2', 'question' => 'May it be sent?', 'kind' => 'tool', 'tool' => 'mcp:mail.send', 'choices' => ['approve', 'reject']], NULL], ['run_waiting', ['for' => 'approval'], NULL]],
      'ask_more' => [['approval_requested', ['id' => 'q3', 'question' => 'And now?', 'kind' => 'tool', 'tool' => 'mcp:mail.send', 'choices' => ['approve', 'reject']], NULL]],
      'change' => [['tool_finished', ['tool' => 'find_items', 'call' => 'c1', 'status' => 'ok', 'unit' => 's0/1/find_items@c1'], 1]],
      'end' => [['model_responded', ['model' => 'm:x', 'text' => EVIL, 'unit' => 's0/model#2'], 2], ['step_finished', ['number' => 2], 2], ['run_finished', ['state' => 'completed', 'reason' => 'done', 'output' => EVIL], NULL]],
    ];
    ui_add_events((int) $id, $sets[$what]);
    if ($what === 'ask') {
      \Drupal::service(RunStore::class)->update((int) $id, ['state' => 'waiting', 'waiting_for' => 'approval', 'reason' => 'approval']);
    }
    if ($what === 'change') {
      $node = Node::create(['type' => 'article', 'title' => 'Changed by the run', 'uid' => 1, 'moderation_state' => 'draft']);
      $node->save();
      Change::create([
        'run' => $id, 'agent' => 'ui_agent', 'target_type' => 'node', 'target_bundle' => 'article', 'target_uuid' => $node->uuid(), 'target_id' => $node->id(),
        'target_langcode' => 'en', 'target_label' => $node->label(), 'target_revision' => $node->getRevisionId(), 'operation' => 'create', 'summary' => 'A draft.',
      ])->save();
    }
    if ($what === 'end') {
      \Drupal::service(RunData::class)->setOutput((int) $id, EVIL);
      \Drupal::service(RunFinisher::class)->finish(\Drupal::service(RunStore::class)->load((int) $id)->uuid(), RunState::Completed, 'done');
    }
    return [];
  })(),
};
print json_encode($result, JSON_FORCE_OBJECT * (int) ($result === []));
