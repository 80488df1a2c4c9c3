<?php

/**
 * @file
 * Content, triggers and fingerprints for the tests of revisions' lineage; prints JSON.
 *
 * Arguments: "given" makes a type with a field of each kind that the standard
 * profile has a widget for, and triggers of two agents with their defaults;
 * "item TITLE [LANGCODE]" makes a published article; "equal" prints for pairs
 * of texts whether they have the same fingerprint.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

/**
 * The fields of the type "lineage_kinds": type and storage settings.
 */
const LINEAGE_FIELDS = [
  'field_l_boolean' => ['boolean', []],
  'field_l_integer' => ['integer', []],
  'field_l_decimal' => ['decimal', ['precision' => 10, 'scale' => 2]],
  'field_l_float' => ['float', []],
  'field_l_email' => ['email', []],
  'field_l_list' => ['list_string', ['allowed_values' => ['a' => 'A', 'b' => 'B']]],
  'field_l_long' => ['string_long', []],
  'field_l_link' => ['link', []],
  'field_l_date' => ['datetime', ['datetime_type' => 'datetime']],
  'field_l_summary' => ['text_with_summary', []],
];

function lineage_given(): array {
  \Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'http')->save();
  $storage = \Drupal::entityTypeManager()->getStorage('background_agents_trigger');
  $storage->delete($storage->loadMultiple());
  if (NodeType::load('lineage_kinds') === NULL) {
    NodeType::create(['type' => 'lineage_kinds', 'name' => 'Kinds', 'new_revision' => TRUE])->save();
    $workflow = Workflow::load('editorial');
    $workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'lineage_kinds');
    $workflow->save();
    foreach (LINEAGE_FIELDS as $name => [$type, $settings]) {
      FieldStorageConfig::create(['field_name' => $name, 'entity_type' => 'node', 'type' => $type, 'settings' => $settings])->save();
      FieldConfig::create(['field_name' => $name, 'entity_type' => 'node', 'bundle' => 'lineage_kinds', 'label' => $name])->save();
    }
    $display = \Drupal::service('entity_display.repository')->getFormDisplay('node', 'lineage_kinds');
    array_map($display->setComponent(...), array_keys(LINEAGE_FIELDS));
    $display->save();
  }
  foreach (['test_agent', 'test_editor'] as $role) {
    foreach (['create lineage_kinds content', 'edit any lineage_kinds content'] as $permission) {
      Role::load($role)->grantPermission($permission)->save();
    }
  }
  $agent = Agent::load('test_agent');
  $binding = $agent->get('binding');
  $binding['content']['node']['lineage_kinds'] = ['read', 'create', 'revise'];
  $agent->set('binding', $binding)->save();
  foreach (['test_agent', 'test_not_publishing'] as $id) {
    Trigger::create(['id' => "lineage_$id", 'label' => $id, 'agent' => $id, 'type' => 'content', 'status' => TRUE, 'settings' => ['bundles' => ['article', 'lineage_kinds']] + Trigger::CONTENT_SETTINGS])->save();
  }
  return ['ok' => TRUE];
}

function lineage_item(string $title): array {
  $editor = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'test_editor']);
  $editor = reset($editor);
  assert($editor instanceof User);
  $body = ['value' => '<p>Published text.</p>', 'format' => 'basic_html'];
  $node = Node::create(['type' => 'article', 'title' => $title, 'body' => $body, 'moderation_state' => 'published', 'uid' => $editor->id(), 'langcode' => 'en']);
  $node->setSyncing(TRUE)->save();
  return ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()];
}

/**
 * Whether pairs of body texts of an article have equal fingerprints.
 */
function lineage_equal(array $pairs): array {
  $print = static fn (string $text, string $format): string => \Drupal::service(Fingerprint::class)->of(Node::create(['type' => 'article', 'title' => 'x', 'body' => ['value' => $text, 'format' => $format]]))['body'] ?? '';
  return array_map(static fn (array $pair): bool => $print($pair[0], $pair[2] ?? 'basic_html') === $print($pair[1], $pair[2] ?? 'basic_html'), $pairs);
}

print json_encode(match ($extra[0]) {
  'given' => lineage_given(),
  'item' => lineage_item($extra[1]),
  'equal' => lineage_equal(json_decode($extra[1], TRUE)),
});
