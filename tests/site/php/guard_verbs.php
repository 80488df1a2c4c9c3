<?php

/**
 * @file
 * Verbs of storage and configuration besides save and delete, used in a run.
 *
 * No transaction is open. Prints for each what was thrown, and what is stored
 * afterwards. Argument: JSON with the run and accounts.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Guard\Refusals;
use Drupal\content_moderation\Entity\ContentModerationState;
use Drupal\Core\Config\ConfigImporter;
use Drupal\Core\Config\FileStorage;
use Drupal\Core\Config\StorageComparer;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\User;

$input = json_decode($extra[0], TRUE);
$switcher = \Drupal::service('account_switcher');
$context = \Drupal::service(RunContext::class);
$refusals = \Drupal::service(Refusals::class);
$run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->load($input['run']);
$nodes = \Drupal::entityTypeManager()->getStorage('node');
$records = \Drupal::entityTypeManager()->getStorage('content_moderation_state');
$active = \Drupal::service('config.storage');
$results = [];

$published = function (string $title) use ($input): NodeInterface {
  $node = Node::create(['type' => 'article', 'title' => $title, 'moderation_state' => 'published', 'uid' => $input['editor']]);
  $node->save();
  return $node;
};
$pending = function (NodeInterface $node) use ($nodes): NodeInterface {
  $draft = $nodes->createRevision($node, FALSE);
  $draft->set('title', 'Draft of an editor')->set('body', 'Kept')->set('moderation_state', 'draft')->save();
  return $nodes->loadRevision($draft->getRevisionId());
};

/**
 * Does something in the run, and tells how the guard took it.
 */
$attempt = function (string $name, int $as, callable $deed, callable $look) use (&$results, $switcher, $context, $run, $refusals): void {
  $before = $look();
  $mark = $refusals->count();
  $switcher->switchTo(User::load($as));
  $context->enter($run);
  $thrown = '';
  try {
    $deed();
  }
  catch (\Throwable $exception) {
    $thrown = $exception->getMessage();
  }
  finally {
    $context->leave();
    $switcher->switchBack();
  }
  $results[$name] = ['thrown' => $thrown, 'noted' => $refusals->since($mark) !== NULL, 'before' => $before, 'after' => $look()];
};

/**
 * All rows of an item's revisions, and of content moderation's records of it.
 */
$rows = function (NodeInterface $node): array {
  $database = \Drupal::database();
  $rows = [];
  foreach (['node_revision', 'node_field_revision'] as $table) {
    $rows[$table] = $database->select($table, 't')->fields('t')->condition('nid', $node->id())->execute()->fetchAll();
  }
  $rows['body'] = $database->select('node_revision__body', 't')->fields('t')->condition('entity_id', $node->id())->execute()->fetchAll();
  $rows['states'] = $database->select('content_moderation_state_field_revision', 't')->fields('t')->condition('content_entity_id', $node->id())->condition('content_entity_type_id', 'node')->execute()->fetchAll();
  return $rows;
};

/**
 * What configuration says to whoever asks, and what is stored of it.
 */
$config = fn (string $name, string $collection = ''): callable => fn (): array => [
  'stored' => $active->createCollection($collection)->read($name),
  'database' => \Drupal::database()->select('config', 'c')->fields('c', ['data'])->condition('name', $name)->condition('collection', $collection)->execute()->fetchField(),
  'asked' => \Drupal::config($name)->getRawData(),
];

\Drupal::configFactory()->getEditable('bga_test.present')->set('value', 'old')->save();
\Drupal::languageManager()->getLanguageConfigOverride('de', 'system.site')->set('slogan', 'Alt')->save();

foreach (['agent' => $input['agent'], 'admin' => 1] as $who => $as) {
  $node = $published('Revision');
  $draft = $pending($node);
  $attempt("revision_delete_$who", $as, fn () => $nodes->deleteRevision($draft->getRevisionId()), fn () => $rows($node));
  $attempt("record_delete_$who", $as, fn () => ContentModerationState::loadFromModeratedEntity($draft)->delete(), fn () => $rows($node));
  $attempt("record_revision_delete_$who", $as, function () use ($records, $node): void {
    $first = ContentModerationState::loadFromModeratedEntity($node)->getRevisionId();
    $default = $records->load(ContentModerationState::loadFromModeratedEntity($node)->id());
    $records->deleteRevision((int) $default->getRevisionId() === (int) $first ? $records->getLatestRevisionId($default->id()) : $first);
  }, fn () => $rows($node));
  $attempt("record_save_$who", $as, function () use ($draft): void {
    $record = ContentModerationState::loadFromModeratedEntity($draft);
    ContentModerationState::updateOrCreateFromEntity($record->set('moderation_state', 'published'));
  }, fn () => $rows($node));
  $attempt("config_save_$who", $as, fn () => \Drupal::configFactory()->getEditable('system.site')->set('slogan', 'Attacked')->save(), $config('system.site'));
  $attempt("config_create_$who", $as, fn () => \Drupal::configFactory()->getEditable('bga_test.absent')->set('value', 'new')->save(), $config('bga_test.absent'));
  $attempt("config_delete_$who", $as, fn () => \Drupal::configFactory()->getEditable('bga_test.present')->delete(), $config('bga_test.present'));
  $attempt("config_rename_$who", $as, fn () => \Drupal::configFactory()->rename('bga_test.present', 'bga_test.renamed'), fn (): array => [$config('bga_test.present')(), $config('bga_test.renamed')()]);
  $attempt("config_translate_$who", $as, fn () => \Drupal::languageManager()->getLanguageConfigOverride('de', 'system.site')->set('slogan', 'Angegriffen')->save(), $config('system.site', 'language.de'));
  $attempt("config_translation_delete_$who", $as, fn () => \Drupal::languageManager()->getLanguageConfigOverride('de', 'system.site')->delete(), $config('system.site', 'language.de'));
  $attempt("module_$who", $as, fn () => \Drupal::service('module_installer')->install(['contact']), $config('core.extension'));
  $attempt("import_$who", $as, function () use ($active): void {
    $directory = \Drupal::service('file_system')->getTempDirectory() . '/bga-import-' . bin2hex(random_bytes(4));
    mkdir($directory);
    $source = new FileStorage($directory);
    foreach ($active->listAll() as $name) {
      $source->write($name, $active->read($name));
    }
    $source->write('system.site', ['slogan' => 'Attacked'] + $active->read('system.site'));
    $importer = new ConfigImporter(
      (new StorageComparer($source, $active))->createChangelist(),
      \Drupal::service('event_dispatcher'), \Drupal::service('config.manager'), \Drupal::lock(), \Drupal::service('config.typed'),
      \Drupal::moduleHandler(), \Drupal::service('module_installer'), \Drupal::service('theme_handler'), \Drupal::translation(),
      \Drupal::service('extension.list.module'), \Drupal::service('extension.list.theme'),
    );
    $importer->import();
  }, $config('system.site'));
}

// What belongs to nobody's run goes on as before.
$node = $published('Free');
$draft = $pending($node);
$nodes->deleteRevision($draft->getRevisionId());
$results['free'] = ['revision' => $nodes->loadRevision($draft->getRevisionId()) === NULL];
\Drupal::configFactory()->getEditable('bga_test.present')->set('value', 'newer')->save();
$results['free']['config'] = \Drupal::config('bga_test.present')->get('value');
\Drupal::configFactory()->getEditable('bga_test.present')->delete();
\Drupal::languageManager()->getLanguageConfigOverride('de', 'system.site')->delete();
$results['free']['definitions'] = \Drupal::entityDefinitionUpdateManager()->needsUpdates();

print json_encode($results);
