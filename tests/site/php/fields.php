<?php

/**
 * @file
 * Makes a moderated type with a field of each type, an item, an agent and its run; prints JSON.
 *
 * Run by `drush php:script`. Safe to run again: item and run are made anew. The first argument names the module of address, where it is
 * there: its fields are made too.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\SiteSecrets;
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

\Drupal::configFactory()->getEditable('system.date')->set('timezone.default', 'America/New_York')->save();
$type = NodeType::load('everything') ?? NodeType::create(['type' => 'everything', 'name' => 'Everything', 'new_revision' => TRUE]);
$type->save();
$workflow = Workflow::load('editorial');
$workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'everything');
$workflow->save();

$allowed = [1 => 'One', 2 => 'Two'];
// By name: type, settings of the storage, settings of the field, cardinality.
$fields = [
  'field_boolean' => ['boolean'],
  'field_integer' => ['integer'],
  'field_decimal' => ['decimal', ['precision' => 10, 'scale' => 2]],
  'field_float' => ['float'],
  'field_string' => ['string'],
  'field_strings' => ['string', [], [], -1],
  'field_string_long' => ['string_long'],
  'field_text' => ['text'],
  'field_text_long' => ['text_long', [], [], -1],
  'field_text_full' => ['text_long', [], [], -1],
  'field_text_with_summary' => ['text_with_summary'],
  'field_email' => ['email'],
  'field_telephone' => ['telephone'],
  'field_uri' => ['uri'],
  'field_language' => ['language'],
  'field_map' => ['map'],
  'field_timestamp' => ['timestamp', [], [], -1],
  'field_created' => ['created'],
  'field_datetime' => ['datetime', ['datetime_type' => 'datetime'], [], -1],
  'field_date' => ['datetime', ['datetime_type' => 'date']],
  'field_daterange' => ['daterange', ['datetime_type' => 'datetime'], [], -1],
  'field_daterange_date' => ['daterange', ['datetime_type' => 'date']],
  'field_daterange_allday' => ['daterange', ['datetime_type' => 'allday']],
  'field_link' => ['link', [], ['title' => 1, 'link_type' => 17], -1],
  'field_list_string' => ['list_string', ['allowed_values' => ['a' => 'A', 'b' => 'B']], [], -1],
  'field_list_integer' => ['list_integer', ['allowed_values' => $allowed]],
  'field_list_float' => ['list_float', ['allowed_values' => ['0.5' => 'Half', '1.5' => 'More']]],
  'field_event_type' => ['list_string', ['allowed_values' => ['talk' => 'Talk', 'tour' => 'Tour']]],
  'field_pages' => ['entity_reference', ['target_type' => 'node'], ['handler' => 'default:node', 'handler_settings' => ['target_bundles' => ['everything' => 'everything']]], -1],
  'field_terms' => ['entity_reference', ['target_type' => 'taxonomy_term'], ['handler' => 'default:taxonomy_term', 'handler_settings' => ['target_bundles' => ['tags' => 'tags']]], -1],
  'field_user' => ['entity_reference', ['target_type' => 'user'], ['handler' => 'default:user']],
  'field_type_of_page' => ['entity_reference', ['target_type' => 'node_type'], ['handler' => 'default:node_type']],
  'field_media' => ['entity_reference', ['target_type' => 'media'], ['handler' => 'default:media', 'handler_settings' => ['target_bundles' => ['document' => 'document']]]],
  'field_files' => ['file', ['display_field' => TRUE], ['description_field' => TRUE, 'file_extensions' => 'txt'], -1],
  'field_images' => ['image', [], ['title_field' => TRUE], -1],
];
if (\Drupal::moduleHandler()->moduleExists('address')) {
  $fields += [
    'field_address' => ['address', [], ['available_countries' => []]],
    'field_country' => ['address_country'],
  ];
}
foreach ($fields as $name => $field) {
  [$fieldType, $storage, $settings, $cardinality] = $field + [1 => [], 2 => [], 3 => 1];
  if (FieldStorageConfig::loadByName('node', $name) === NULL) {
    FieldStorageConfig::create(['field_name' => $name, 'entity_type' => 'node', 'type' => $fieldType, 'settings' => $storage, 'cardinality' => $cardinality])->save();
  }
  if (FieldConfig::loadByName('node', 'everything', $name) === NULL) {
    FieldConfig::create(['field_name' => $name, 'entity_type' => 'node', 'bundle' => 'everything', 'label' => $name, 'settings' => $settings])->save();
  }
}
if (MediaType::load('document') === NULL) {
  $media = MediaType::create(['id' => 'document', 'label' => 'Document', 'source' => 'file']);
  $media->save();
  $source = $media->getSource()->createSourceField($media);
  $source->getFieldStorageDefinition()->save();
  $source->save();
  $media->set('source_configuration', ['source_field' => $source->getName()])->save();
}

$role = Role::load('test_fields') ?? Role::create(['id' => 'test_fields', 'label' => 'Fields']);
$role->set('permissions', [
  'access content', 'create everything content', 'edit any everything content', 'use editorial transition create_new_draft', 'view latest version',
  'view any unpublished content', 'view all revisions', 'use text format basic_html',
]);
$role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->save();
$found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => 'test_fields']);
$account = reset($found) ?: User::create(['name' => 'test_fields', 'mail' => 'test_fields@example.com']);
$account->set('roles', ['test_fields'])->activate()->save();

Agent::load('test_fields')?->delete();
$agent = Agent::create([
  'id' => 'test_fields',
  'label' => 'Fields',
  'description' => '',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
  'binding' => [
    'model' => 'scripted:test',
    'content' => ['node' => ['everything' => ['read', 'create', 'revise']], 'file' => ['file' => ['read']]],
    'limits' => ['writes' => 100000, 'writes_per_hour' => 100000],
  ],
  'role' => 'test_fields',
]);
$agent->save();
\Drupal::service(AccountMarks::class)->assign($agent, $account);
$run = Run::create(['agent' => 'test_fields', 'agent_label' => 'Fields', 'account' => $account->uuid(), 'state' => 'running', 'trigger_type' => 'cron', 'attempt' => 1, 'generation' => 1]);
$run->save();
\Drupal::database()->insert('background_agents_outbox')->fields([
  'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1,
  'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
])->execute();

$png = base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');
$file = static function (string $name, string $bytes): File {
  $uri = \Drupal::service('file_system')->saveData($bytes, "public://$name", FileExists::Rename);
  $file = File::create(['uri' => $uri, 'status' => 1, 'uid' => 1]);
  $file->save();
  return $file;
};
$pictures = [$file('one.png', $png), $file('two.png', $png)];
$texts = [$file('one.txt', '1'), $file('two.txt', '2')];
$media = Media::create(['bundle' => 'document', 'name' => 'Hidden document', 'status' => 0, 'uid' => 1, 'field_media_file' => ['target_id' => $texts[0]->id()]]);
$media->save();
$page = static function (string $title, bool $isPublished): Node {
  $node = Node::create(['type' => 'everything', 'title' => $title, 'uid' => 1, 'moderation_state' => $isPublished ? 'published' : 'draft']);
  $node->save();
  return $node;
};
$pages = [$page('A page', TRUE), $page('A hidden page', FALSE), $page('Another page', TRUE)];
$terms = [];
foreach (['Tea', 'Hidden tea'] as $name) {
  $terms[$name] = Term::create(['vid' => 'tags', 'name' => $name, 'status' => (int) ($name === 'Tea')]);
  $terms[$name]->save();
}
$gone = Term::create(['vid' => 'tags', 'name' => 'Gone']);
$gone->save();

$text = static fn (string $value, string $format = 'basic_html'): array => ['value' => $value, 'format' => $format];
$values = [
  'field_boolean' => TRUE,
  'field_integer' => 7,
  'field_decimal' => '12.50',
  'field_float' => 0.25,
  'field_string' => 'A "line" & more',
  'field_strings' => ['one', 'two', 'three'],
  'field_string_long' => "Two\nlines",
  'field_text' => $text('<p>Text</p>'),
  'field_text_long' => [$text('<p>One</p>'), $text('<p>Two</p>')],
  // The agent may not use the format of the second.
  'field_text_full' => [$text('<p>Basic</p>'), $text('<p onclick="x">Full</p>', 'full_html')],
  'field_text_with_summary' => $text('<p>Body</p>') + ['summary' => 'In short'],
  'field_email' => 'someone@example.com',
  'field_telephone' => '+1 555 0100',
  'field_uri' => 'https://example.com/a?b=c#d',
  'field_language' => 'de',
  'field_map' => ['a' => ['b' => 1]],
  'field_timestamp' => [1767225600, 1767229200],
  'field_created' => 1767225600,
  'field_datetime' => ['2026-01-31T14:30:00', '2026-07-31T14:30:15'],
  'field_date' => '2026-01-31',
  'field_daterange' => [['value' => '2026-01-31T14:30:00', 'end_value' => '2026-01-31T15:30:00']],
  'field_daterange_date' => ['value' => '2026-01-31', 'end_value' => '2026-02-01'],
  'field_daterange_allday' => ['value' => '2026-01-31T05:00:00', 'end_value' => '2026-02-01T04:59:59'],
  'field_link' => [
    ['uri' => 'https://example.com/', 'title' => 'Example', 'options' => ['attributes' => ['target' => '_blank', 'class' => ['a']]]],
    ['uri' => 'internal:/node/1#part', 'title' => 'Inside', 'options' => ['query' => ['page' => '2']]],
    ['uri' => 'entity:node/' . $pages[0]->id(), 'title' => ''],
  ],
  'field_list_string' => ['b', 'a'],
  'field_list_integer' => 2,
  'field_list_float' => 1.5,
  'field_event_type' => 'talk',
  'field_pages' => [$pages[1]->id(), $pages[0]->id(), $pages[1]->id()],
  'field_terms' => [$terms['Hidden tea']->id(), $gone->id(), $terms['Tea']->id()],
  'field_user' => 1,
  'field_type_of_page' => 'everything',
  'field_media' => $media->id(),
  'field_files' => [
    ['target_id' => $texts[0]->id(), 'display' => 0, 'description' => 'The first'],
    ['target_id' => $texts[1]->id(), 'display' => 1, 'description' => 'The second'],
  ],
  'field_images' => [
    ['target_id' => $pictures[0]->id(), 'alt' => 'One', 'title' => 'First'],
    ['target_id' => $pictures[1]->id(), 'alt' => 'Two', 'title' => 'Second'],
  ],
];
if (isset($fields['field_address'])) {
  $values += [
    'field_address' => [
      'country_code' => 'US', 'administrative_area' => 'CA', 'locality' => 'Mountain View', 'postal_code' => '94043',
      'address_line1' => '1098 Alta Ave', 'given_name' => 'Ada', 'family_name' => 'L', 'organization' => 'Acme',
    ],
    'field_country' => 'DE',
  ];
}
$items = [];
foreach (['all', 'parts', 'unnamed', 'moved', 'dates', 'kept', 'refused', 'long'] as $name) {
  $items[$name] = Node::create($values + ['type' => 'everything', 'title' => "Item $name", 'uid' => 1, 'moderation_state' => 'published']);
  $items[$name]->save();
}
$gone->delete();

print json_encode([
  'accounts' => ['fields' => ['id' => (int) $account->id(), 'uuid' => $account->uuid(), 'name' => 'test_fields']],
  'runs' => ['fields' => [
    'id' => (int) $run->id(),
    'uuid' => $run->uuid(),
    'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $account->uuid()),
  ]],
  'items' => array_map(static fn (Node $node): array => ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()], $items),
  'pages' => array_map(static fn (Node $node): string => $node->uuid(), $pages),
  'terms' => array_map(static fn (Term $term): string => $term->uuid(), $terms),
  'pictures' => array_map(static fn (File $file): string => $file->uuid(), $pictures),
  'files' => array_map(static fn (File $file): string => $file->uuid(), $texts),
]);
