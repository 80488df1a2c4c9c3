<?php

/**
 * @file
 * Gives the agents of core.php their tokens, content and permission to start each other; prints JSON.
 *
 * Argument: UUID of a live run of the agent `core`.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\Role;

$permissions = ['run core_child background agent', 'create article content', 'view latest version', 'view any unpublished content', 'view all revisions', 'use editorial transition create_new_draft'];
foreach ($permissions as $permission) {
  Role::load('core_agent')->grantPermission($permission)->save();
}
// The agent's drafts start another agent, but never itself.
(Trigger::load('core_child_articles') ?? Trigger::create([
  'id' => 'core_child_articles',
  'label' => 'Child',
  'agent' => 'core_child',
  'type' => 'content',
  'settings' => ['bundles' => ['article'], 'revisions' => 'any'] + Trigger::CONTENT_SETTINGS,
]))->save();
// An account of its own: what `core` saves is not its own work.
$child = Agent::load('core_child');
$other = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'core_second_agent']);
$other = reset($other) ?: \Drupal\user\Entity\User::create(['name' => 'core_second_agent', 'mail' => 'second@example.com', 'roles' => ['core_agent'], 'status' => 1]);
$other->save();
\Drupal::service(AccountMarks::class)->assign($child, $other);

$node = Node::create(['type' => 'article', 'title' => 'Published', 'moderation_state' => 'published']);
$node->setSyncing(TRUE)->save();
$run = \Drupal::service(RunStore::class)->byUuid($extra[0]);
$secrets = \Drupal::service(SiteSecrets::class)->all();
print json_encode([
  'token' => RunToken::issue($secrets[0], $run->uuid(), $run->getGeneration(), $run->getAccountUuid()),
  'node' => ['uuid' => $node->uuid(), 'id' => (int) $node->id(), 'revision' => (int) $node->getRevisionId()],
]);
