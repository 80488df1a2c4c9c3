<?php

/**
 * @file
 * Types whose pages have parts, pages of them, an agent and its run; prints JSON.
 *
 * Parts are paragraphs, also nested and translated, and inline blocks of a
 * layout. Safe to run again: runs and items are made anew.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\block_content\Entity\BlockContent;
use Drupal\block_content\Entity\BlockContentType;
use Drupal\Core\Entity\Entity\EntityViewDisplay;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\language\Entity\ContentLanguageSettings;
use Drupal\layout_builder\Section;
use Drupal\layout_builder\SectionComponent;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\paragraphs\Entity\Paragraph;
use Drupal\paragraphs\Entity\ParagraphsType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

$field = function (string $type, string $bundle, string $name, string $kind, array $storage = [], array $settings = []): void {
  if (FieldStorageConfig::loadByName($type, $name) === NULL) {
    FieldStorageConfig::create(['entity_type' => $type, 'field_name' => $name, 'type' => $kind, 'cardinality' => -1] + $storage)->save();
  }
  if (FieldConfig::loadByName($type, $bundle, $name) === NULL) {
    FieldConfig::create(['entity_type' => $type, 'bundle' => $bundle, 'field_name' => $name, 'label' => $name, 'translatable' => $kind === 'string_long'] + $settings)->save();
  }
};
$parts = ['settings' => ['target_type' => 'paragraph']];
foreach (['text', 'section'] as $id) {
  if (ParagraphsType::load($id) === NULL) {
    ParagraphsType::create(['id' => $id, 'label' => $id])->save();
  }
}
$field('paragraph', 'text', 'field_words', 'string_long');
$field('paragraph', 'section', 'field_parts', 'entity_reference_revisions', $parts);
$workflow = Workflow::load('editorial');
foreach (['parted', 'laid'] as $id) {
  if (NodeType::load($id) === NULL) {
    NodeType::create(['type' => $id, 'name' => $id, 'new_revision' => TRUE])->save();
    $workflow->getTypePlugin()->addEntityTypeAndBundle('node', $id);
    $workflow->save();
  }
}
$field('node', 'parted', 'field_parts', 'entity_reference_revisions', $parts);
foreach (['node' => 'parted', 'paragraph' => 'text'] as $type => $bundle) {
  ContentLanguageSettings::loadByEntityTypeBundle($type, $bundle)->setThirdPartySetting('content_translation', 'enabled', TRUE)->setLanguageAlterable(TRUE)->save();
}
if (BlockContentType::load('words') === NULL) {
  BlockContentType::create(['id' => 'words', 'label' => 'Words', 'revision' => TRUE])->save();
}
$field('block_content', 'words', 'field_words', 'string_long');
$display = EntityViewDisplay::load('node.laid.default') ?? EntityViewDisplay::create(['targetEntityType' => 'node', 'bundle' => 'laid', 'mode' => 'default', 'status' => TRUE]);
$display->enableLayoutBuilder()->setOverridable()->save();
\Drupal::service('entity_display.repository')->getViewDisplay('block_content', 'words')->setComponent('field_words')->save();
\Drupal::service('entity_display.repository')->getViewDisplay('paragraph', 'text')->setComponent('field_words')->save();
\Drupal::service('entity_display.repository')->getViewDisplay('paragraph', 'section')->setComponent('field_parts', ['type' => 'entity_reference_revisions_entity_view'])->save();
\Drupal::service('entity_display.repository')->getViewDisplay('node', 'parted')->setComponent('field_parts', ['type' => 'entity_reference_revisions_entity_view'])->save();
drupal_flush_all_caches();

$role = Role::load('test_parts') ?? Role::create(['id' => 'test_parts', 'label' => 'test_parts']);
$role->set('permissions', [
  'access content', 'create parted content', 'edit any parted content', 'create laid content', 'edit any laid content',
  'use editorial transition create_new_draft', 'view any unpublished content', 'view latest version', 'view all revisions', 'translate any entity',
]);
$role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->save();
$found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'test_parts']);
$account = reset($found) ?: User::create(['name' => 'test_parts']);
$account->set('roles', ['test_parts'])->activate()->save();
Agent::load('test_parts')?->delete();
$agent = Agent::create([
  'id' => 'test_parts',
  'label' => 'Test parts',
  'description' => '',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
  'binding' => [
    'model' => 'scripted:test',
    'content' => ['node' => ['parted' => ['read', 'create', 'revise'], 'laid' => ['read', 'create', 'revise']]],
    'limits' => ['writes' => 100000, 'writes_per_hour' => 100000],
  ],
  'account' => $account->uuid(),
]);
$agent->save();
$run = Run::create(['agent' => 'test_parts', 'agent_label' => 'Test parts', 'account' => $account->uuid(), 'state' => 'running', 'trigger_type' => 'cron', 'attempt' => 1, 'generation' => 1]);
$run->save();
\Drupal::database()->insert('background_agents_outbox')->fields([
  'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1, 'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
])->execute();

$text = static fn (string $words): Paragraph => Paragraph::create(['type' => 'text', 'field_words' => $words, 'langcode' => 'en']);
$parted = function (string $title, string $state) use ($text): Node {
  $node = Node::create([
    'type' => 'parted', 'title' => $title, 'uid' => 1, 'moderation_state' => $state, 'langcode' => 'en',
    'field_parts' => [$text("First of $title"), Paragraph::create(['type' => 'section', 'field_parts' => [$text("Nested of $title")]])],
  ]);
  $node->save();
  return $node;
};
$items = [];
foreach (['plain', 'twice', 'attacked', 'again', 'accepted', 'other'] as $name) {
  $items[$name] = $parted("Parts $name", 'published');
}
$items['unpublished'] = $parted('Parts unpublished', 'draft');
$items['translated'] = $parted('Parts translated', 'published');
$first = $items['translated']->get('field_parts')->entity;
$first->addTranslation('de', ['field_words' => 'Erster Teil'] + $first->toArray());
$first->save();
$items['translated'] = Node::load($items['translated']->id());
$items['translated']->addTranslation('de', ['title' => 'Teile', 'uid' => 1, 'moderation_state' => 'published'] + $items['translated']->toArray())->save();

$block = BlockContent::create(['type' => 'words', 'reusable' => FALSE, 'field_words' => 'In the layout', 'info' => 'Inline']);
$component = new SectionComponent(\Drupal::service('uuid')->generate(), 'content', [
  'id' => 'inline_block:words', 'label' => 'Words', 'label_display' => FALSE, 'provider' => 'layout_builder', 'view_mode' => 'full',
  'block_serialized' => serialize($block),
]);
$items['laid'] = Node::create(['type' => 'laid', 'title' => 'Laid', 'uid' => 1, 'moderation_state' => 'published', 'layout_builder__layout' => [new Section('layout_onecol', [], [$component])]]);
$items['laid']->save();

$nodes = \Drupal::entityTypeManager()->getStorage('node');
$part = static fn (Node $node, int $delta): Paragraph => $node->get('field_parts')->get($delta)->entity;
print json_encode([
  'accounts' => ['agent' => ['id' => (int) $account->id(), 'uuid' => $account->uuid(), 'name' => 'test_parts']],
  'runs' => [
    'agent' => [
      'id' => (int) $run->id(),
      'uuid' => $run->uuid(),
      'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $account->uuid()),
    ],
  ],
  'items' => array_map(static function (Node $node) use ($nodes, $part): array {
    $live = $nodes->loadUnchanged($node->id());
    $item = ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $live->getRevisionId()];
    return $node->bundle() === 'laid' ? $item : $item + ['first' => (int) $part($live, 0)->id(), 'nested' => (int) $part($live, 1)->get('field_parts')->entity->id()];
  }, $items),
]);
