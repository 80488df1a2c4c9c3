<?php

/**
 * @file
 * Makes a site ready for the guard's and the drafts' tests; prints JSON.
 *
 * Run by `drush php:script`. Safe to run again: runs and items are made anew.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\File\FileExists;
use Drupal\file\Entity\File;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

\Drupal::configFactory()->getEditable('jsonapi.settings')->set('read_only', FALSE)->save();
\Drupal::state()->delete('system.maintenance_mode');
\Drupal::state()->delete('background_agents.stopped');

// A type whose workflow knows no "draft": wip -> live, live -> checked.
if (NodeType::load('memo') === NULL) {
  NodeType::create(['type' => 'memo', 'name' => 'Memo', 'new_revision' => TRUE])->save();
}
$workflow = Workflow::load('memos') ?? Workflow::create(['id' => 'memos', 'label' => 'Memos', 'type' => 'content_moderation']);
$plugin = $workflow->getTypePlugin();
$state = ['published' => FALSE, 'default_revision' => FALSE];
$plugin->setConfiguration([
  'states' => [
    'draft' => ['label' => 'Dead', 'weight' => 9, 'published' => FALSE, 'default_revision' => TRUE],
    'published' => ['label' => 'Live', 'weight' => 5, 'published' => TRUE, 'default_revision' => TRUE],
    'wip' => ['label' => 'In the works', 'weight' => 0] + $state,
    'checked' => ['label' => 'Checked', 'weight' => 1] + $state,
  ],
  'transitions' => [
    'bury' => ['label' => 'Bury', 'from' => ['published', 'wip'], 'to' => 'draft', 'weight' => 0],
    'go' => ['label' => 'Go live', 'from' => ['wip', 'checked'], 'to' => 'published', 'weight' => 1],
    'keep' => ['label' => 'Keep', 'from' => ['wip', 'checked'], 'to' => 'wip', 'weight' => 2],
    'check' => ['label' => 'Check', 'from' => ['published', 'checked'], 'to' => 'checked', 'weight' => 3],
  ],
  'entity_types' => ['node' => ['memo']],
  'default_moderation_state' => 'wip',
]);
$workflow->save();

$permissions = [
  'access content', 'create article content', 'edit any article content', 'delete any article content',
  'use editorial transition create_new_draft', 'use editorial transition publish', 'view latest version',
  'view any unpublished content', 'view all revisions', 'use text format basic_html', 'create url aliases',
  'translate any entity', 'edit any page content', 'create page content',
];
$role = function (string $id, array $permissions, bool $agent): Role {
  $role = Role::load($id) ?? Role::create(['id' => $id, 'label' => $id]);
  $role->set('permissions', $permissions);
  if ($agent) {
    $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE);
  }
  $role->save();
  return $role;
};
$role('test_agent', array_values(array_diff($permissions, ['use editorial transition publish'])), TRUE);
$role('test_publishing_agent', $permissions, TRUE);
$role('test_editor', [...$permissions, 'use text format full_html', 'administer nodes', 'use editorial transition archive'], FALSE);
// Deliberately misconfigured: full of what an agent must never use.
$role('test_greedy_agent', [...$permissions, 'administer nodes', 'bypass node access', 'use text format full_html'], TRUE);
$memos = ['access content', 'create memo content', 'edit any memo content', 'view any unpublished content', 'use memos transition bury', 'use memos transition go', 'use memos transition keep'];
$role('test_memos', [...$memos, 'use memos transition check'], TRUE);
$role('test_stuck_memos', $memos, TRUE);
$role('test_reader', ['access content'], FALSE);
$role('test_own', ['access content', 'create article content', 'edit own article content', 'use editorial transition create_new_draft', 'use text format basic_html', 'view any unpublished content', 'view latest version'], FALSE);

$account = function (string $name, array $roles): User {
  $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  $account = reset($found) ?: User::create(['name' => $name, 'pass' => 'test-' . $name, 'mail' => "$name@example.com"]);
  $account->set('roles', $roles)->activate()->save();
  return $account;
};
$accounts = [
  'agent' => $account('test_agent', ['test_agent']),
  'publishing' => $account('test_publishing', ['test_publishing_agent']),
  'greedy' => $account('test_greedy', ['test_greedy_agent']),
  'memos' => $account('test_memos', ['test_memos']),
  'stuck_memos' => $account('test_stuck_memos', ['test_stuck_memos']),
  'editor' => $account('test_editor', ['test_editor']),
  'reader' => $account('test_reader', ['test_reader']),
  'owner' => $account('test_owner', ['test_own']),
  'blocked' => $account('test_blocked', ['test_agent']),
  'no_agent' => $account('test_no_agent', ['test_editor']),
  'admin_agent' => $account('test_admin_agent', ['test_agent', 'administrator']),
];

$agent = function (string $id, User $account, array $binding = []): Agent {
  Agent::load($id)?->delete();
  $agent = Agent::create([
    'id' => $id,
    'label' => "Test $id",
    'description' => '',
    'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
    'binding' => $binding + [
      'model' => 'scripted:test',
      'content' => ['node' => ['article' => ['read', 'create', 'revise']]],
      'limits' => ['writes' => 100000, 'writes_per_hour' => 100000],
    ],
    'role' => array_values(array_intersect($account->getRoles(TRUE), \Drupal::service(AgentAccounts::class)->agentRoles()))[0] ?? NULL,
  ]);
  $agent->save();
  \Drupal::service(AccountMarks::class)->assign($agent, $account);
  return $agent;
};
$agents = [
  'agent' => $agent('test_agent', $accounts['agent']),
  'english' => $agent('test_english', $accounts['agent'], ['langcodes' => ['en']]),
  'reading' => $agent('test_reading', $accounts['agent'], ['content' => ['node' => ['article' => ['read']]]]),
  'pages' => $agent('test_pages', $accounts['agent'], ['content' => ['node' => ['page' => ['read', 'create', 'revise']]]]),
  'live_pages' => $agent('test_live_pages', $accounts['agent'], ['content' => ['node' => ['page' => ['read', 'create', 'revise']]], 'may_write_unmoderated' => TRUE]),
  'publishing' => $agent('test_publishing', $accounts['publishing'], ['may_publish' => TRUE]),
  'not_publishing' => $agent('test_not_publishing', $accounts['publishing']),
  'may_but_cannot' => $agent('test_may_but_cannot', $accounts['agent'], ['may_publish' => TRUE]),
  'greedy' => $agent('test_greedy', $accounts['greedy']),
  'limited' => $agent('test_limited', $accounts['agent']),
  'few' => $agent('test_few', $accounts['agent'], ['limits' => ['writes' => 1, 'writes_per_hour' => 100000]]),
  'tagging' => $agent('test_tagging', $accounts['agent'], ['content' => ['node' => ['article' => ['revise']], 'taxonomy_term' => ['tags' => ['read']]]]),
  'memos' => $agent('test_memos', $accounts['memos'], ['content' => ['node' => ['memo' => ['create', 'revise']]]]),
  'stuck_memos' => $agent('test_stuck_memos', $accounts['stuck_memos'], ['content' => ['node' => ['memo' => ['revise']]]]),
  'blocked' => $agent('test_blocked', $accounts['blocked']),
  'no_agent' => $agent('test_no_agent', $accounts['no_agent']),
  'admin_agent' => $agent('test_admin_agent', $accounts['admin_agent']),
];

$run = function (string $agent, ?User $requester = NULL, array $values = []) use ($agents): array {
  $run = Run::create($values + [
    'agent' => $agents[$agent]->id(),
    'agent_label' => $agents[$agent]->label(),
    'account' => \Drupal::service(AccountMarks::class)->account($agents[$agent])->uuid(),
    'uid' => $requester?->id(),
    'state' => 'running',
    'trigger_type' => $requester === NULL ? 'cron' : 'manual',
    'attempt' => 1,
    'generation' => 1,
  ]);
  $run->save();
  if (!$run->isFinal()) {
    \Drupal::database()->insert('background_agents_outbox')->fields([
      'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1,
      'generation' => $run->getGeneration(), 'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
    ])->execute();
  }
  $secrets = \Drupal::service(SiteSecrets::class)->all();
  return [
    'id' => (int) $run->id(),
    'uuid' => $run->uuid(),
    'token' => RunToken::issue($secrets[0], $run->uuid(), $run->getGeneration(), $run->getAccountUuid()),
  ];
};
$runs = [];
foreach (array_keys($agents) as $name) {
  $runs[$name] = $run($name);
}
$runs['of_reader'] = $run('agent', $accounts['reader']);
$runs['of_owner'] = $run('agent', $accounts['owner']);
$runs['of_editor'] = $run('agent', $accounts['editor']);
$runs['used_up'] = $run('agent');
$runs['retried'] = $run('agent', $accounts['owner']);
$runs['ended'] = $run('agent', NULL, ['state' => 'completed']);
$lost = $account('test_lost', ['test_editor']);
$runs['of_lost'] = $run('agent', $lost);
$lost->block()->save();
$accounts['blocked']->block()->save();

$body = ['value' => '<p>Published text.</p>', 'format' => 'basic_html'];
$node = function (array $values) use ($accounts, $body): Node {
  $node = Node::create($values + ['type' => 'article', 'title' => 'Published', 'body' => $body, 'moderation_state' => 'published', 'uid' => $accounts['editor']->id()]);
  $node->save();
  return $node;
};
$items = [];
foreach (['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'race', 'accepted', 'on_top', 'open', 'archived', 'gone', 'undone', 'rolled_back', 'reverted', 'notice', 'locked', 'overtaken', 'beside'] as $name) {
  $items[$name] = $node(['title' => "Published $name"]);
}
$items['owned'] = $node(['title' => 'Owned', 'uid' => $accounts['owner']->id()]);
$items['full_html'] = $node(['title' => 'Full', 'body' => ['value' => '<p>Full</p>', 'format' => 'full_html']]);
$items['page'] = $node(['type' => 'page', 'title' => 'Page', 'moderation_state' => NULL, 'status' => 1]);
$items['memo'] = $node(['type' => 'memo', 'title' => 'Memo', 'body' => NULL]);
$items['memo_c'] = $node(['type' => 'memo', 'title' => 'Memo c', 'body' => NULL]);
$items['memo_b'] = $node(['type' => 'memo', 'title' => 'Memo b', 'body' => NULL]);
\Drupal::service('file_system')->saveData(base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), 'public://test.png', FileExists::Replace);
$file = File::create(['uri' => 'public://test.png', 'status' => 1, 'uid' => $accounts['editor']->id()]);
$file->save();
$items['picture'] = $node(['title' => 'Picture', 'field_image' => ['target_id' => $file->id(), 'alt' => 'A dot']]);
$items['translated'] = $node(['title' => 'English', 'langcode' => 'en']);
$german = $items['translated']->addTranslation('de', ['title' => 'Deutsch', 'body' => $body, 'moderation_state' => 'published', 'uid' => $accounts['editor']->id()]);
$german->setNewRevision();
$german->save();

print json_encode([
  'accounts' => array_map(static fn (User $user): array => ['id' => (int) $user->id(), 'uuid' => $user->uuid(), 'name' => $user->getAccountName()], $accounts),
  'runs' => $runs,
  'items' => array_map(static fn (Node $node): array => ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) \Drupal::entityTypeManager()->getStorage('node')->loadUnchanged($node->id())->getRevisionId()], $items),
]);
