<?php

/**
 * @file
 * Makes a moderated type as editors know it, items, an agent and its run; prints JSON.
 *
 * Run by `drush php:script`. Safe to run again: items and run are made anew.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\Entity\Entity\EntityFormDisplay;
use Drupal\Core\File\FileExists;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\file\Entity\File;
use Drupal\media\Entity\Media;
use Drupal\media\Entity\MediaType;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\taxonomy\Entity\Term;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

$type = NodeType::load('story') ?? NodeType::create(['type' => 'story', 'name' => 'Story', 'new_revision' => TRUE]);
$type->save();
$workflow = Workflow::load('editorial');
$workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'story');
$workflow->save();
if (MediaType::load('photo') === NULL) {
  $media = MediaType::create(['id' => 'photo', 'label' => 'Photo', 'source' => 'image']);
  $media->save();
  $source = $media->getSource()->createSourceField($media);
  $source->getFieldStorageDefinition()->save();
  $source->save();
  $media->set('source_configuration', ['source_field' => $source->getName()])->save();
}

// By name: label, type, settings of the storage, settings of the field, cardinality, widget.
$fields = [
  'body' => ['Body', 'text_with_summary', [], ['display_summary' => TRUE], 1, 'text_textarea_with_summary'],
  'field_lead' => ['Lead', 'string_long', [], [], 1, 'string_textarea'],
  'field_topics' => ['Topics', 'list_string', ['allowed_values' => ['sport' => 'Sport', 'town' => 'Town hall', 'culture' => 'Culture']], [], -1, 'options_buttons'],
  'field_featured' => ['Featured', 'boolean', [], ['on_label' => 'Featured', 'off_label' => 'Not featured'], 1, 'boolean_checkbox'],
  'field_day' => ['Day', 'datetime', ['datetime_type' => 'date'], [], 1, 'datetime_default'],
  'field_more' => ['More', 'link', [], ['title' => 1, 'link_type' => 17], -1, 'link_default'],
  'field_keywords' => ['Keywords', 'entity_reference', ['target_type' => 'taxonomy_term'], ['handler' => 'default:taxonomy_term', 'handler_settings' => ['target_bundles' => ['tags' => 'tags']]], -1, 'entity_reference_autocomplete'],
  'field_picture' => ['Picture', 'image', [], ['title_field' => FALSE], 1, 'image_image'],
  'field_photos' => ['Photos', 'entity_reference', ['target_type' => 'media'], ['handler' => 'default:media', 'handler_settings' => ['target_bundles' => ['photo' => 'photo']]], -1, 'entity_reference_autocomplete'],
];
$display = EntityFormDisplay::load('node.story.default') ?? EntityFormDisplay::create(['targetEntityType' => 'node', 'bundle' => 'story', 'mode' => 'default', 'status' => TRUE]);
foreach ($fields as $name => [$label, $fieldType, $storage, $settings, $cardinality, $widget]) {
  if (FieldStorageConfig::loadByName('node', $name) === NULL) {
    FieldStorageConfig::create(['field_name' => $name, 'entity_type' => 'node', 'type' => $fieldType, 'settings' => $storage, 'cardinality' => $cardinality])->save();
  }
  if (FieldConfig::loadByName('node', 'story', $name) === NULL) {
    FieldConfig::create(['field_name' => $name, 'entity_type' => 'node', 'bundle' => 'story', 'label' => $label, 'settings' => $settings])->save();
  }
  $display->setComponent($name, ['type' => $widget]);
}
$display->save();

$permissions = [
  'access content', 'create story content', 'edit any story content', 'use editorial transition create_new_draft', 'view latest version',
  'view any unpublished content', 'view all revisions', 'use text format basic_html', 'view media', 'view all media revisions',
];
$role = static function (string $id, array $permissions): Role {
  $role = Role::load($id) ?? Role::create(['id' => $id, 'label' => ucfirst(str_replace('_', ' ', $id))]);
  $role->set('permissions', $permissions);
  return $role;
};
$role('story_agent', $permissions)->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->save();
$role('story_editor', [
  ...$permissions, 'use editorial transition publish', 'use text format full_html', 'access administration pages', 'access toolbar', 'view the administration theme',
  'access content overview', 'review background agent drafts', 'view own unpublished content', 'delete any story content', 'revert all revisions', 'create url aliases',
])->save();
$account = static function (string $name, array $roles): User {
  $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
  $account = reset($found) ?: User::create(['name' => $name, 'pass' => "test-$name", 'mail' => "$name@example.com"]);
  $account->set('roles', $roles)->activate()->save();
  return $account;
};
$accounts = ['agent' => $account('story_agent', ['story_agent']), 'editor' => $account('Nora Editor', ['story_editor'])];

Agent::load('copy_editor')?->delete();
$agent = Agent::create([
  'id' => 'copy_editor',
  'label' => 'Copy editor',
  'description' => 'Corrects stories, and fills in what is missing.',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
  'binding' => [
    'model' => 'anthropic:claude-sonnet-4-5',
    'content' => [
      'node' => ['story' => ['read', 'create', 'revise']], 'file' => ['file' => ['read']], 'media' => ['photo' => ['read']], 'taxonomy_term' => ['tags' => ['read']],
    ],
    'limits' => ['writes' => 100000, 'writes_per_hour' => 100000],
  ],
  'role' => 'story_agent',
]);
$agent->save();
\Drupal::service(AccountMarks::class)->assign($agent, $accounts['agent']);
$run = Run::create([
  'agent' => 'copy_editor', 'agent_label' => 'Copy editor', 'account' => $accounts['agent']->uuid(), 'uid' => $accounts['editor']->id(), 'state' => 'running',
  'trigger_type' => 'manual', 'attempt' => 1, 'generation' => 1,
  'usage_model_requests' => 3, 'usage_input_tokens' => 18250, 'usage_output_tokens' => 2100, 'usage_cost_micros' => 86300,
]);
$run->save();
\Drupal::database()->insert('background_agents_outbox')->fields([
  'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1,
  'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
])->execute();

$picture = static function (string $name, int $red, int $green, int $blue): File {
  $image = imagecreatetruecolor(320, 200);
  imagefilledrectangle($image, 0, 0, 320, 200, imagecolorallocate($image, $red, $green, $blue));
  imagefilledellipse($image, 160, 100, 120, 120, imagecolorallocate($image, 255, 255, 255));
  ob_start();
  imagepng($image);
  $uri = \Drupal::service('file_system')->saveData((string) ob_get_clean(), "public://$name", FileExists::Replace);
  $found = \Drupal::entityTypeManager()->getStorage('file')->loadByProperties(['uri' => $uri]);
  $file = reset($found) ?: File::create(['uri' => $uri, 'uid' => 1]);
  $file->setPermanent();
  $file->save();
  return $file;
};
$pictures = ['hall' => $picture('town-hall.png', 40, 90, 150), 'park' => $picture('park.png', 40, 130, 70)];
$photos = [];
$source = MediaType::load('photo')->getSource()->getSourceFieldDefinition(MediaType::load('photo'))->getName();
foreach ($pictures as $name => $file) {
  $photos[$name] = Media::create(['bundle' => 'photo', 'name' => $name === 'hall' ? 'The town hall at noon' : 'Playground in the park', 'uid' => 1, $source => ['target_id' => $file->id(), 'alt' => 'A photo of the ' . $name]]);
  $photos[$name]->save();
}
$term = static function (string $name): Term {
  $found = \Drupal::entityTypeManager()->getStorage('taxonomy_term')->loadByProperties(['name' => $name]);
  $term = reset($found) ?: Term::create(['vid' => 'tags', 'name' => $name]);
  $term->save();
  return $term;
};
$terms = ['town' => $term('Town hall'), 'park' => $term('Parks'), 'money' => $term('Budget')];

$paragraphs = [
  '<h2>What the council decided</h2>',
  '<p>The town council has voted on tuesday for a new playground in the park. It will be build until summer, and costs 120,000 euros. Most of it is payed by the state.</p>',
  '<p>The mayor said that children need more places to play. “This was promised three years ago,” she told this newspaper.</p>',
  '<ul><li>Two swings</li><li>A climbing frame</li><li>Benches for parents</li></ul>',
  '<h3>What it costs</h3>',
  '<table><thead><tr><th>Part</th><th>Cost</th></tr></thead><tbody><tr><td>Ground works</td><td>40,000 €</td></tr><tr><td>Swings</td><td>25,000 €</td></tr><tr><td>Trees</td><td>5,000 €</td></tr></tbody></table>',
  '<p>More about it is on <a href="https://example.com/council">the page of the council</a>.</p>',
  '<blockquote><p>We have waited for this for a long time.</p></blockquote>',
];
$node = static function (string $title, array $values = []) use ($accounts, $paragraphs): Node {
  $node = Node::create($values + [
    'type' => 'story', 'title' => $title, 'uid' => $accounts['editor']->id(), 'moderation_state' => 'published',
    'body' => ['value' => implode("\n", $paragraphs), 'format' => 'full_html', 'summary' => ''],
  ]);
  $node->save();
  return $node;
};
$values = [
  'field_lead' => 'The town gets a new playground.', 'field_topics' => ['town'], 'field_featured' => FALSE, 'field_day' => '2026-11-17',
  'field_more' => [['uri' => 'https://example.com/council', 'title' => 'The council']],
  'field_keywords' => [$terms['town']->id()], 'field_picture' => ['target_id' => $pictures['hall']->id(), 'alt' => 'The town hall'],
  'field_photos' => [$photos['hall']->id()],
];
$basic = ['body' => ['value' => '<p>The libary opens at nine.</p><p>On sundays it stays closed.</p>', 'format' => 'basic_html']];
$items = [
  'many' => $node('New playground in the park', $values + ['body' => ['value' => implode("\n", array_slice($paragraphs, 0, 5)) . $paragraphs[6] . $paragraphs[7], 'format' => 'basic_html', 'summary' => '']]),
  'long' => $node('A long report', ['body' => ['value' => str_repeat(implode("\n", array_slice($paragraphs, 0, 4)), 12), 'format' => 'basic_html']]),
  'library' => $node('The library', $basic + $values),
  'swimming' => $node('Swimming pool', $basic),
  'bus' => $node('Bus line 4', $basic),
  'market' => $node('Christmas market', $basic + $values),
  'bridge' => $node('The old bridge', $basic),
  'school' => $node('School holidays', $basic),
];

print json_encode([
  'accounts' => array_map(static fn (User $user): array => ['id' => (int) $user->id(), 'uuid' => $user->uuid(), 'name' => $user->getAccountName()], $accounts),
  'runs' => [
    'agent' => [
      'id' => (int) $run->id(),
      'uuid' => $run->uuid(),
      'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $accounts['agent']->uuid()),
    ],
  ],
  'items' => array_map(static fn (Node $node): array => ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()], $items),
  'terms' => array_map(static fn (Term $term): string => $term->uuid(), $terms),
  'pictures' => array_map(static fn (File $file): string => $file->uuid(), $pictures),
  'photos' => array_map(static fn (Media $media): string => $media->uuid(), $photos),
  'paragraphs' => $paragraphs,
]);
