<?php

/**
 * @file
 * Attacks from inside: code that saves under an agent's account or in its run.
 *
 * Prints for each attack what was thrown ("" when nothing was), and what is
 * live afterwards. Argument: JSON with the account, run and items.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunContext;
use Drupal\content_moderation\Entity\ContentModerationState;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use Drupal\path_alias\Entity\PathAlias;
use Drupal\taxonomy\Entity\Term;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;

$input = json_decode($extra[0], TRUE);
$switcher = \Drupal::service('account_switcher');
$context = \Drupal::service(RunContext::class);
$run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->load($input['run']);
$agent = User::load($input['agent']);
$storage = \Drupal::entityTypeManager()->getStorage('node');
$results = [];

$make = function (string $title, array $values = []) use ($input): NodeInterface {
  $node = Node::create($values + [
    'type' => 'article', 'title' => $title, 'moderation_state' => 'published', 'uid' => $input['editor'],
    'body' => ['value' => '<p>x</p>', 'format' => 'basic_html'],
  ]);
  $node->save();
  return $node;
};

$attack = function (string $name, ?ContentEntityInterface $victim, callable $code, bool $inRun, int $as) use (&$results, $switcher, $context, $run): void {
  $before = $victim === NULL ? NULL : (int) $victim->getRevisionId();
  $switcher->switchTo(User::load($as));
  if ($inRun) {
    $context->enter($run);
  }
  $thrown = '';
  try {
    $code($victim);
  }
  catch (\Throwable $exception) {
    $thrown = $exception->getMessage();
  }
  finally {
    if ($inRun) {
      $context->leave();
    }
    $switcher->switchBack();
  }
  $result = ['thrown' => $thrown];
  if ($victim !== NULL) {
    $entities = \Drupal::entityTypeManager()->getStorage($victim->getEntityTypeId());
    $entities->resetCache();
    $live = $entities->loadUnchanged($victim->id());
    $result += [
      'exists' => $live !== NULL,
      'same_revision' => $live !== NULL && (int) $live->getRevisionId() === $before,
      'title' => $live?->label(),
      'published' => $live?->isPublished(),
      'states' => $live === NULL ? [] : array_map(static fn (string $langcode): string => (string) $live->getTranslation($langcode)->get('moderation_state')->value, array_combine(array_keys($live->getTranslationLanguages()), array_keys($live->getTranslationLanguages()))),
      'latest' => (int) $entities->getLatestRevisionId($victim->id()),
      'latest_title' => $entities->loadRevision($entities->getLatestRevisionId($victim->id()))?->label(),
    ];
  }
  $results[$name] = $result;
};

$uid = (int) $agent->id();
$save = static function (ContentEntityInterface $node): void {
  $node->set('title', 'Attacked')->save();
};
$syncing = static function (ContentEntityInterface $node): void {
  $node->setSyncing(TRUE)->set('title', 'Attacked')->save();
};

// Without a run the account has no permission: nothing is reachable.
$attack('no_run_save', $make('No run save'), $save, FALSE, $uid);
$attack('no_run_syncing', $make('No run syncing'), $syncing, FALSE, $uid);
$attack('no_run_delete', $make('No run delete'), static fn (ContentEntityInterface $node) => $node->delete(), FALSE, $uid);

// In a run, as the agent and under a switched account: user 1.
foreach (['agent' => $uid, 'admin' => 1] as $who => $as) {
  $attack("save_$who", $make('Save'), $save, TRUE, $as);
  $attack("syncing_$who", $make('Syncing'), $syncing, TRUE, $as);
  $attack("publish_$who", $make('Publish'), static fn (NodeInterface $node) => $node->set('title', 'Attacked')->set('moderation_state', 'published')->save(), TRUE, $as);
  $attack("unpublish_$who", $make('Unpublish'), static fn (NodeInterface $node) => $node->set('moderation_state', 'archived')->save(), TRUE, $as);
  $attack("set_unpublished_$who", $make('Unpublished'), static fn (NodeInterface $node) => $node->setUnpublished()->save(), TRUE, $as);
  $attack("same_revision_$who", $make('Same revision'), static function (NodeInterface $node): void {
    $node->setNewRevision(FALSE);
    $node->set('title', 'Attacked')->save();
  }, TRUE, $as);
  $attack("default_$who", $make('Default'), static function (NodeInterface $node): void {
    $node->set('title', 'Attacked');
    $node->isDefaultRevision(TRUE);
    $node->save();
  }, TRUE, $as);
  $attack("moderation_record_$who", $make('Record'), static function (NodeInterface $node): void {
    $draft = \Drupal::entityTypeManager()->getStorage('node')->createRevision($node, FALSE);
    $draft->set('title', 'Attacked')->set('moderation_state', 'draft')->save();
    $record = ContentModerationState::loadFromModeratedEntity($draft);
    $record->set('moderation_state', 'published')->save();
  }, TRUE, $as);
  $attack("delete_$who", $make('Delete'), static fn (NodeInterface $node) => $node->delete(), TRUE, $as);
  $attack("owner_$who", $make('Owner'), static fn (NodeInterface $node) => $node->setOwnerId(1)->save(), TRUE, $as);
  $attack("promote_$who", $make('Promote', ['promote' => 0]), static fn (NodeInterface $node) => $node->setPromoted(TRUE)->save(), TRUE, $as);
  $attack("path_$who", $make('Path'), static fn (NodeInterface $node) => $node->set('path', ['alias' => '/attacked-' . $node->id()])->save(), TRUE, $as);
  $attack("alias_$who", NULL, static fn () => PathAlias::create(['path' => '/node/1', 'alias' => '/attacked', 'langcode' => 'en'])->save(), TRUE, $as);
  // What Pathauto does while a new draft is stored is fine, but not later.
  $attack("alias_of_draft_$who", NULL, static function (): void {
    $node = Node::create(['type' => 'article', 'title' => 'Aliased']);
    $node->save();
    PathAlias::create(['path' => '/node/' . $node->id(), 'alias' => '/attacked-' . $node->id(), 'langcode' => 'en'])->save();
  }, TRUE, $as);
  $attack("term_$who", NULL, static fn () => Term::create(['vid' => 'tags', 'name' => 'attacked'])->save(), TRUE, $as);
  $attack("user_$who", NULL, static fn () => User::create(['name' => 'attacker', 'status' => 1])->save(), TRUE, $as);
  $attack("role_$who", NULL, static fn () => Role::load('test_agent')->grantPermission('administer nodes')->save(), TRUE, $as);
  $attack("create_published_$who", NULL, static function () use (&$results, $who): void {
    $node = Node::create(['type' => 'article', 'title' => 'Created', 'moderation_state' => 'published']);
    $node->save();
    $results["created_$who"] = ['published' => $node->isPublished(), 'state' => $node->get('moderation_state')->value];
  }, TRUE, $as);
  $attack("auto_create_$who", $make('Auto create'), static function (NodeInterface $node): void {
    $node->set('field_tags', [['entity' => Term::create(['vid' => 'tags', 'name' => 'attacked'])]])->save();
  }, TRUE, $as);

  // An editor's pending draft must not be buried.
  $node = $make('Buried');
  $pending = $storage->createRevision($node, FALSE);
  $pending->set('title', 'Editor draft')->set('moderation_state', 'draft')->save();
  $attack("stale_$who", $storage->loadUnchanged($node->id()), $save, TRUE, $as);
  $attack("revision_delete_$who", $storage->loadUnchanged($node->id()), static function () use ($storage, $pending): void {
    if (!$pending->access('delete revision')) {
      throw new \RuntimeException('access');
    }
    $storage->deleteRevision($pending->getRevisionId());
  }, TRUE, $uid);

  // Two languages, both published.
  $make2 = function () use ($make): NodeInterface {
    $node = $make('English', ['langcode' => 'en']);
    $node->addTranslation('de', ['title' => 'Deutsch', 'moderation_state' => 'published', 'uid' => 1])->save();
    return \Drupal::entityTypeManager()->getStorage('node')->loadUnchanged($node->id());
  };
  $attack("two_languages_$who", $make2(), static function (NodeInterface $node): void {
    $node->getTranslation('de')->set('title', 'Angegriffen');
    $node->set('title', 'Attacked')->save();
  }, TRUE, $as);
  $attack("one_language_$who", $make2(), static function (NodeInterface $node): void {
    $node->getTranslation('de')->set('title', 'Angegriffen')->save();
  }, TRUE, $as);
  $attack("remove_language_$who", $make2(), static function (NodeInterface $node): void {
    $node->removeTranslation('de');
    $node->save();
  }, TRUE, $as);
}

// Somebody else's code in the same process is not the agent's.
$editor = $make('Editor');
$attack('editor', $editor, static fn (NodeInterface $node) => $node->set('title', 'Edited')->save(), FALSE, $input['editor']);

print json_encode($results);
