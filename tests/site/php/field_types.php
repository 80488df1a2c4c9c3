<?php

/**
 * @file
 * Makes a content type with a field of each field type of core, and an agent that may write it; prints JSON.
 *
 * Run by `drush php:script` after agents.php. Safe to run again: the run and the item are made anew.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

const TYPE = 'every_field';

\Drupal::service('module_installer')->install(['datetime_range', 'telephone', 'link', 'options', 'image', 'comment']);
if (NodeType::load(TYPE) === NULL) {
  NodeType::create(['type' => TYPE, 'name' => 'Every field', 'new_revision' => TRUE])->save();
  $workflow = Workflow::load('editorial');
  $workflow->getTypePlugin()->addEntityTypeAndBundle('node', TYPE);
  $workflow->save();
}

$lists = ['list_string' => ['red' => 'Red', 'blue' => 'Blue'], 'list_integer' => [1 => 'One', 2 => 'Two'], 'list_float' => ['0.5' => 'Half']];
$fields = [];
foreach (\Drupal::service('plugin.manager.field.field_type')->getDefinitions() as $type => $definition) {
  if ($definition['provider'] !== 'core' && !str_starts_with(\Drupal::service('extension.list.module')->getPath($definition['provider']), 'core/')) {
    continue;
  }
  if ($type === 'uuid') {
    // Its column is unique over revisions: core itself cannot save a second one.
    continue;
  }
  $variants = match ($type) {
    'entity_reference' => ['node', 'taxonomy_term', 'user', 'media'],
    'datetime', 'daterange' => ['date', 'datetime'],
    default => [''],
  };
  foreach ($variants as $variant) {
    $name = substr('ef_' . $type . ($variant === '' ? '' : "_$variant"), 0, 32);
    $settings = match (TRUE) {
      $type === 'entity_reference' => ['target_type' => $variant],
      $variant !== '' => ['datetime_type' => $variant],
      isset($lists[$type]) => ['allowed_values' => $lists[$type]],
      default => [],
    };
    try {
      $storage = FieldStorageConfig::loadByName('node', $name) ?? FieldStorageConfig::create(['entity_type' => 'node', 'field_name' => $name, 'type' => $type, 'cardinality' => 2, 'settings' => $settings]);
      $storage->save();
      (FieldConfig::loadByName('node', TYPE, $name) ?? FieldConfig::create(['field_storage' => $storage, 'bundle' => TYPE, 'label' => $name]))->save();
    }
    catch (\Exception) {
      // A type that sites cannot make fields of, such as "language".
      continue;
    }
  }
}
drupal_static_reset();
\Drupal::service('entity_field.manager')->clearCachedFieldDefinitions();
foreach (\Drupal::service('entity_field.manager')->getFieldDefinitions('node', TYPE) as $name => $definition) {
  $fields[$name] = ['type' => $definition->getType(), 'properties' => $definition->getFieldStorageDefinition()->getPropertyNames()];
}

$role = Role::load('test_every_field') ?? Role::create(['id' => 'test_every_field', 'label' => 'Every field']);
$role->set('permissions', [
  'access content', 'create every_field content', 'edit any every_field content', 'use editorial transition create_new_draft',
  'view latest version', 'view any unpublished content', 'use text format basic_html', 'access user profiles',
]);
$role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->save();
$found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'test_every_field']);
$account = reset($found) ?: User::create(['name' => 'test_every_field', 'mail' => 'every@example.com']);
$account->set('roles', ['test_every_field'])->activate()->save();

Agent::load('test_every_field')?->delete();
$agent = Agent::create([
  'id' => 'test_every_field',
  'label' => 'Every field',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
  'binding' => [
    'model' => 'scripted:test',
    'content' => ['node' => [TYPE => ['read', 'create', 'revise']]],
    'limits' => ['writes' => 1000000, 'writes_per_hour' => 1000000],
  ],
  'role' => 'test_every_field',
]);
$agent->save();
\Drupal::service(AccountMarks::class)->assign($agent, $account);
$run = Run::create(['agent' => 'test_every_field', 'agent_label' => 'Every field', 'account' => $account->uuid(), 'state' => 'running', 'trigger_type' => 'cron', 'attempt' => 1, 'generation' => 1]);
$run->save();
\Drupal::database()->insert('background_agents_outbox')->fields([
  'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1, 'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
])->execute();
$node = Node::create(['type' => TYPE, 'title' => 'Every field', 'moderation_state' => 'published']);
$node->save();

print json_encode([
  'run' => ['id' => (int) $run->id(), 'uuid' => $run->uuid(), 'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $account->uuid())],
  'item' => ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()],
  'fields' => $fields,
]);
