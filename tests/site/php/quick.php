<?php

/**
 * @file
 * A site that has never seen an agent: a content type without moderation, an item of it, and a new builder; prints JSON.
 *
 * Run by `drush php:script` with "given" or "tidy" as argument. "tidy" takes away what was given, and what a quick form made of it.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

$tidy = static function (): void {
  foreach (Agent::loadMultiple() as $agent) {
    if (isset($agent->getContent()['node']['quick_story'])) {
      \Drupal::service(AccountMarks::class)->account($agent)?->delete();
      Role::load((string) $agent->getRole())?->delete();
      $agent->delete();
    }
  }
  $storage = \Drupal::entityTypeManager()->getStorage('node');
  $storage->delete($storage->loadByProperties(['type' => 'quick_story']));
  foreach (Workflow::loadMultiple() as $workflow) {
    if (in_array('quick_story', $workflow->getTypePlugin()->getBundlesForEntityType('node'), TRUE)) {
      $workflow->getTypePlugin()->removeEntityTypeAndBundle('node', 'quick_story');
      $workflow->save();
    }
  }
  NodeType::load('quick_story')?->delete();
  foreach (['quick_builder', 'quick_writer', 'quick_poor'] as $name) {
    array_map(static fn (User $user) => $user->delete(), \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]));
    Role::load($name)?->delete();
  }
};

$tidy();
if (($extra[0] ?? '') === 'tidy') {
  print '[]';
  return;
}
NodeType::create(['type' => 'quick_story', 'name' => 'Story', 'new_revision' => TRUE])->save();
$storage = FieldStorageConfig::loadByName('node', 'body') ?? FieldStorageConfig::create(['entity_type' => 'node', 'field_name' => 'body', 'type' => 'text_with_summary']);
$storage->save();
FieldConfig::create(['field_storage' => $storage, 'bundle' => 'quick_story', 'label' => 'Body'])->save();
\Drupal::service('entity_display.repository')->getFormDisplay('node', 'quick_story')->setComponent('body', ['type' => 'text_textarea_with_summary'])->save();
\Drupal::service('entity_display.repository')->getViewDisplay('node', 'quick_story')->setComponent('body', ['type' => 'text_default'])->save();
$story = Node::create([
  'type' => 'quick_story',
  'title' => 'How bread is maid',
  'uid' => 1,
  'status' => 1,
  'body' => ['value' => '<p>Bread is maid of flour.</p>', 'format' => 'basic_html'],
]);
$story->save();

// Exactly what docs/how-to/begin-with-the-quick-form.md names.
$builder = [
  'access administration pages', 'view the administration theme', 'access toolbar', 'administer background agents', 'run any background agent',
  'view own background agent runs', 'review background agent drafts', 'administer users', 'administer permissions', 'administer workflows',
  'access content', 'edit any quick_story content', 'view latest version', 'view any unpublished content', 'view all revisions',
  'use text format basic_html', 'use editorial transition create_new_draft', 'use editorial transition publish',
];
$people = [
  'quick_builder' => $builder,
  'quick_writer' => ['access content', 'create quick_story content', 'edit own quick_story content'],
  'quick_poor' => ['access administration pages', 'view the administration theme', 'administer background agents', 'access content'],
];
foreach ($people as $name => $permissions) {
  Role::create(['id' => $name, 'label' => ucfirst(str_replace('_', ' ', $name)), 'permissions' => $permissions])->save();
  User::create(['name' => $name, 'pass' => "test-$name", 'status' => 1, 'roles' => [$name]])->save();
}
print json_encode(['story' => (int) $story->id(), 'uuid' => $story->uuid()]);
