<?php

/**
 * @file
 * What came of drafts: makes items, and publishes them as the editor.
 *
 * First argument: "given" makes the type with its fields and an agent,
 * "terms" and "items" make those, "publish" saves or decides, "tidy" deletes it all.
 * Second argument: JSON. Prints JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\File\FileExists;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\field\Entity\FieldConfig;
use Drupal\field\Entity\FieldStorageConfig;
use Drupal\file\Entity\File;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\language\Entity\ContentLanguageSettings;
use Drupal\media\Entity\Media;
use Drupal\media\Entity\MediaType;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;

$manager = \Drupal::entityTypeManager();
$languages = ['fr', 'ja', 'ar'];
[$action, $input] = [$extra[0], json_decode($extra[1] ?? '{}', TRUE)];

// By name: type, settings of the storage, settings of the field, cardinality.
$to = static fn (string $type, string $bundle): array => ['entity_reference', ['target_type' => $type], ['handler' => "default:$type", 'handler_settings' => ['target_bundles' => [$bundle => $bundle]]], -1];
$fields = [
  'body' => ['text_long'],
  'texts' => ['text_long', [], [], -1],
  'summed' => ['text_with_summary'],
  'short_text' => ['text'],
  'string' => ['string'],
  'strings' => ['string', [], [], -1],
  'teaser' => ['string_long'],
  'tags' => $to('taxonomy_term', 'outcomes'),
  'topics' => $to('taxonomy_term', 'outcomes'),
  'pages' => $to('node', 'outcomes'),
  'media' => $to('media', 'outcomes'),
  'image' => ['image', [], ['title_field' => TRUE, 'alt_field_required' => FALSE]],
  'images' => ['image', [], ['alt_field_required' => FALSE], -1],
  'files' => ['file', [], ['description_field' => TRUE, 'file_extensions' => 'txt'], -1],
  'start' => ['datetime', ['datetime_type' => 'datetime']],
  'date' => ['datetime', ['datetime_type' => 'date']],
  'dates' => ['datetime', ['datetime_type' => 'date'], [], -1],
  'range' => ['daterange', ['datetime_type' => 'datetime']],
  'timestamp' => ['timestamp'],
  'price' => ['decimal', ['precision' => 10, 'scale' => 2]],
  'float' => ['float'],
  'seats' => ['integer'],
  'integers' => ['integer', [], [], -1],
  'registration' => ['boolean'],
  'choice' => ['list_string', ['allowed_values' => ['a' => 'A', 'b' => 'B', 'c' => 'C']]],
  'choices' => ['list_string', ['allowed_values' => ['a' => 'A', 'b' => 'B', 'c' => 'C']], [], -1],
  'link' => ['link', [], ['title' => 1, 'link_type' => 17], -1],
  'email' => ['email'],
  'telephone' => ['telephone'],
];

$named = static function (string $type, string $name) use ($manager): object {
  $key = $type === 'file' ? 'filename' : $manager->getDefinition($type)->getKey('label');
  // Other tests have left content with such names.
  $bundle = $manager->getDefinition($type)->getKey('bundle');
  $found = $manager->getStorage($type)->loadByProperties([$key => $name] + ($bundle ? [$bundle => 'outcomes'] : []));
  if ($found !== []) {
    return reset($found);
  }
  $file = static function (string $name): File {
    $png = base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');
    return File::create(['uri' => \Drupal::service('file_system')->saveData($png, "public://$name", FileExists::Replace), 'filename' => $name, 'status' => 1, 'uid' => 1]);
  };
  $made = match ($type) {
    'taxonomy_term' => Term::create(['vid' => 'outcomes', 'name' => $name]),
    'node' => Node::create(['type' => 'outcomes', 'title' => $name, 'moderation_state' => 'published', 'uid' => 1]),
    'media' => Media::create(['bundle' => 'outcomes', 'name' => $name, 'uid' => 1]),
    default => $file($name),
  };
  $made->save();
  return $made;
};

// References are written {"@type": name}.
$stored = static function (mixed $value) use (&$stored, $named): mixed {
  if (!is_array($value)) {
    return $value;
  }
  $values = [];
  foreach ($value as $key => $part) {
    $isReference = is_string($key) && str_starts_with($key, '@');
    $values[$isReference ? 'target_id' : $key] = $isReference ? $named(substr($key, 1), $part)->id() : $stored($part);
  }
  return $values;
};

$given = static function () use ($languages, $fields, $input, $named): array {
  foreach ($languages as $langcode) {
    if (ConfigurableLanguage::load($langcode) === NULL) {
      ConfigurableLanguage::createFromLangcode($langcode)->save();
    }
  }
  NodeType::load('outcomes') ?? NodeType::create(['type' => 'outcomes', 'name' => 'Outcomes', 'new_revision' => TRUE])->save();
  Vocabulary::load('outcomes') ?? Vocabulary::create(['vid' => 'outcomes', 'name' => 'Outcomes'])->save();
  if (MediaType::load('outcomes') === NULL) {
    $media = MediaType::create(['id' => 'outcomes', 'label' => 'Outcomes', 'source' => 'file']);
    $media->save();
    $source = $media->getSource()->createSourceField($media);
    $source->getFieldStorageDefinition()->save();
    $source->save();
    $media->set('source_configuration', ['source_field' => $source->getName()])->save();
  }
  $workflow = Workflow::load('editorial');
  $workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'outcomes');
  $workflow->save();
  ContentLanguageSettings::loadByEntityTypeBundle('node', 'outcomes')->setDefaultLangcode('site_default')->setLanguageAlterable(TRUE)->setThirdPartySetting('content_translation', 'enabled', TRUE)->save();
  $form = \Drupal::service('entity_display.repository')->getFormDisplay('node', 'outcomes');
  foreach ($fields as $name => $field) {
    [$type, $storage, $settings, $cardinality] = $field + [1 => [], 2 => [], 3 => 1];
    $name = "field_o_$name";
    if (FieldStorageConfig::loadByName('node', $name) === NULL) {
      FieldStorageConfig::create(['field_name' => $name, 'entity_type' => 'node', 'type' => $type, 'settings' => $storage, 'cardinality' => $cardinality])->save();
    }
    if (FieldConfig::loadByName('node', 'outcomes', $name) === NULL) {
      FieldConfig::create(['field_name' => $name, 'entity_type' => 'node', 'bundle' => 'outcomes', 'label' => $name, 'settings' => $settings])->save();
    }
    $form->setComponent($name, []);
  }
  $form->save();

  $permissions = [
    'access content', 'create outcomes content', 'edit any outcomes content', 'use editorial transition create_new_draft', 'view latest version',
    'view any unpublished content', 'view all revisions', 'use text format full_html', 'use text format basic_html', 'view media', 'translate any entity',
  ];
  $role = Role::load('test_outcomes') ?? Role::create(['id' => 'test_outcomes', 'label' => 'Outcomes']);
  $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE)->set('permissions', $permissions)->save();
  $people = Role::load('test_outcomes_editor') ?? Role::create(['id' => 'test_outcomes_editor', 'label' => 'Outcomes editor']);
  $people->set('permissions', [...$permissions, 'use editorial transition publish', 'review background agent drafts', 'view the administration theme'])->save();
  $account = static function (string $name, string $role): User {
    $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
    $account = reset($found) ?: User::create(['name' => $name, 'mail' => "$name@example.com", 'pass' => "test-$name"]);
    $account->set('roles', [$role])->activate()->save();
    return $account;
  };
  $accounts = ['outcomes' => $account('test_outcomes', 'test_outcomes'), 'editor' => $account('test_outcomes_editor', 'test_outcomes_editor')];
  Agent::load('test_outcomes')?->delete();
  $agent = Agent::create([
    'id' => 'test_outcomes',
    'label' => 'Outcomes',
    'description' => '',
    'definition' => ['system_prompt' => 'Test.', 'tools' => ['create_draft', 'revise_draft']],
    'binding' => [
      'model' => 'scripted:test',
      'content' => ['node' => ['outcomes' => ['read', 'create', 'revise']], 'file' => ['file' => ['read']], 'taxonomy_term' => ['outcomes' => ['read']], 'media' => ['outcomes' => ['read']]],
      'limits' => ['writes' => 100000, 'writes_per_hour' => 100000],
    ],
    'role' => 'test_outcomes',
  ]);
  $agent->save();
  \Drupal::service(AccountMarks::class)->assign($agent, $accounts['outcomes']);
  $run = Run::create(['agent' => 'test_outcomes', 'agent_label' => 'Outcomes', 'account' => $accounts['outcomes']->uuid(), 'state' => 'running', 'trigger_type' => 'cron', 'attempt' => 1, 'generation' => 1]);
  $run->save();
  \Drupal::database()->insert('background_agents_outbox')->fields([
    'run' => $run->uuid(), 'status' => 1, 'available_at' => 0, 'attempt' => 1, 'generation' => 1,
    'claimed_by' => 'test', 'claimed_until' => 2000000000, 'job' => '{}', 'created' => time(),
  ])->execute();
  $uuids = [];
  foreach ($input as $type => $names) {
    foreach ($names as $name) {
      $uuids[$type][$name] = $named($type, $name)->uuid();
    }
  }
  return [
    'accounts' => array_map(static fn (User $user): array => ['id' => (int) $user->id(), 'uuid' => $user->uuid(), 'name' => $user->getAccountName()], $accounts),
    'runs' => ['outcomes' => [
      'id' => (int) $run->id(),
      'uuid' => $run->uuid(),
      'token' => RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), 1, $accounts['outcomes']->uuid()),
    ]],
    'items' => (object) [],
    'uuids' => $uuids,
  ];
};

// Published items: {"name": {"langcode": …, "fields": …}}.
$items = static function () use ($input, $stored): array {
  $made = [];
  foreach ($input as $name => $item) {
    $node = Node::create($stored($item['fields']) + ['type' => 'outcomes', 'title' => "Item $name", 'langcode' => $item['langcode'] ?? 'en', 'uid' => 1, 'moderation_state' => 'published']);
    $node->save();
    foreach ($item['translations'] ?? [] as $langcode => $values) {
      $node->addTranslation($langcode, $stored($values) + ['uid' => 1, 'moderation_state' => 'published'])->setNewRevision();
      $node->getTranslation($langcode)->save();
    }
    $made[$name] = ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()];
  }
  return $made;
};

// What the editor does: {"change": id, "do": save|accept|refuse, ...}.
$publish = static function () use ($manager, $input, $stored): array {
  $editor = $manager->getStorage('user')->loadByProperties(['name' => 'test_outcomes_editor']);
  \Drupal::service('account_switcher')->switchTo(reset($editor) ?: new AnonymousUserSession());
  $versions = \Drupal::service(DraftVersions::class);
  $reviewer = \Drupal::service(Reviewer::class);
  $said = [];
  foreach ($input as $deed) {
    $change = Change::load($deed['change']);
    try {
      if ($deed['do'] === 'accept') {
        $reviewer->accept($change, $versions->seen($change), new Choice($deed['fields'] ?? NULL, $deed['keep'] ?? FALSE), 'published');
      }
      elseif ($deed['do'] === 'refuse') {
        $reviewer->refuse($change, $versions->seen($change), $deed['reason'] ?? '');
      }
      else {
        $revision = $manager->getStorage('node')->createRevision($versions->newest($change));
        foreach ($stored($deed['fields']) as $name => $value) {
          $revision->set($name, $value);
        }
        $revision->set('moderation_state', $deed['state'] ?? 'published')->setRevisionUserId(\Drupal::currentUser()->id());
        $revision->save();
      }
    }
    catch (ReviewRefused $refused) {
      $said[$deed['change']] = (string) $refused->sentence;
    }
  }
  return $said;
};

$tidy = static function () use ($manager, $languages): array {
  foreach (['node' => 'type', 'taxonomy_term' => 'vid', 'media' => 'bundle'] as $type => $key) {
    $storage = $manager->getStorage($type);
    $storage->delete($storage->loadByProperties([$key => 'outcomes']));
  }
  foreach ($languages as $langcode) {
    ConfigurableLanguage::load($langcode)?->delete();
  }
  return [];
};

print json_encode(match ($action) {
  'given' => $given(),
  'terms' => array_combine($input, array_map(static fn (string $name): string => $named('taxonomy_term', $name)->uuid(), $input)),
  'items' => $items(),
  'publish' => $publish(),
  'tidy' => $tidy(),
});
