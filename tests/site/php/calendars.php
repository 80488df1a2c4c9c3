<?php

/**
 * @file
 * Articles that somebody edits, or that Scheduler will change; prints JSON.
 *
 * Run by `drush php:script` after agents.php, with Content Lock, Scheduler and its moderation integration installed.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

$given = json_decode($extra[0]);
\Drupal::configFactory()->getEditable('content_lock.settings')
  ->set('types', ['node' => ['article' => 'article']])
  ->save();
NodeType::load('article')
  ->setThirdPartySetting('scheduler', 'publish_enable', TRUE)
  ->setThirdPartySetting('scheduler', 'unpublish_enable', TRUE)
  ->save();

$node = static function (string $title, array $values = []): Node {
  $node = Node::create($values + ['type' => 'article', 'title' => $title, 'moderation_state' => 'published', 'uid' => 1]);
  $node->save();
  return $node;
};
$soon = (int) $given->soon;
$items = [
  'edited' => $node('Edited'),
  'own' => $node('Own'),
  'german' => $node('English'),
  'published_soon' => $node('Published soon', ['moderation_state' => 'draft', 'publish_on' => $soon, 'publish_state' => 'published']),
  'unpublished_soon' => $node('Unpublished soon', ['unpublish_on' => $soon, 'unpublish_state' => 'archived']),
  'language_soon' => $node('Language soon'),
  'free' => $node('Free'),
];
foreach (['german' => [], 'language_soon' => ['publish_on' => $soon, 'publish_state' => 'published']] as $name => $values) {
  $german = $items[$name]->addTranslation('de', $values + ['title' => 'Deutsch', 'uid' => 1, 'moderation_state' => $values === [] ? 'published' : 'draft']);
  $german->setNewRevision();
  $german->save();
}
$locks = \Drupal::service('content_lock');
$locks->locking($items['edited'], 'default', (int) $given->editor, TRUE);
$locks->locking($items['own'], 'default', (int) $given->agent, TRUE);
$locks->locking($items['german']->getTranslation('de'), 'default', (int) $given->editor, TRUE);

// Two agents that hold the permission of Scheduler; one of them may publish.
$role = Role::load('test_planner') ?? Role::create(['id' => 'test_planner', 'label' => 'Planner']);
$role->set('permissions', [...Role::load('test_publishing_agent')->getPermissions(), 'schedule publishing of nodes']);
$role->setThirdPartySetting('background_agents', 'agent_role', TRUE)->save();
$found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'test_planner']);
$account = reset($found) ?: User::create(['name' => 'test_planner', 'mail' => 'planner@example.com']);
$account->set('roles', ['test_planner'])->activate()->save();
$runs = [];
foreach (['planner' => [FALSE, NULL], 'publishing_planner' => [TRUE, NULL], 'planner_of_editor' => [TRUE, (int) $given->editor]] as $name => [$mayPublish, $requester]) {
  Agent::load("test_$name")?->delete();
  $agent = Agent::create([
    'id' => "test_$name",
    'label' => $name,
    'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
    'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'create', 'revise']]], 'may_publish' => $mayPublish, 'limits' => ['writes' => 1000, 'writes_per_hour' => 1000]],
    'role' => 'test_planner',
  ]);
  $agent->save();
  \Drupal::service(AccountMarks::class)->assign($agent, $account);
  $run = Run::create(['agent' => "test_$name", 'agent_label' => $name, 'account' => $account->uuid(), 'uid' => $requester, 'state' => 'running', 'trigger_type' => 'cron', 'attempt' => 1, 'generation' => 1]);
  $run->save();
  \Drupal::database()->insert('background_agents_outbox')->fields([
    'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1, 'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
  ])->execute();
  $runs[$name] = ['id' => (int) $run->id(), 'uuid' => $run->uuid(), 'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $account->uuid())];
}

$latest = static fn (Node $node): int => (int) \Drupal::entityTypeManager()->getStorage('node')->getLatestRevisionId($node->id());
print json_encode([
  'runs' => $runs,
  'items' => array_map(static fn (Node $node): array => ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => $latest($node)], $items),
]);
