<?php

/**
 * @file
 * Attacks on parts of pages from inside a run; prints what each was thrown.
 *
 * Argument: JSON with run, agent and items of guard_parts.php.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunContext;
use Drupal\layout_builder\Section;
use Drupal\node\NodeInterface;
use Drupal\paragraphs\Entity\Paragraph;
use Drupal\user\Entity\User;

$input = json_decode($extra[0], TRUE);
$switcher = \Drupal::service('account_switcher');
$context = \Drupal::service(RunContext::class);
$run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->load($input['run']);
$nodes = \Drupal::entityTypeManager()->getStorage('node');
$blocks = \Drupal::entityTypeManager()->getStorage('block_content');
$page = fn (string $name): NodeInterface => $nodes->loadUnchanged($input['items'][$name]['id']);
$part = fn (string $name): Paragraph => \Drupal::entityTypeManager()->getStorage('paragraph')->loadUnchanged($input['items'][$name]['first']);

$deeds = [
  'by_itself' => fn () => $part('other')->set('field_words', 'Attacked')->save(),
  'by_itself_as_a_draft' => function () use ($part): void {
    $one = $part('other');
    $one->setNewRevision();
    $one->isDefaultRevision(FALSE);
    $one->set('field_words', 'Attacked')->save();
  },
  'with_its_host' => function () use ($page): void {
    $host = $page('other');
    $host->get('field_parts')->entity->set('field_words', 'Attacked')->setNeedsSave(TRUE);
    $host->set('title', 'Attacked')->save();
  },
  'with_a_revision_of_its_host' => function () use ($page, $nodes): void {
    $host = $nodes->createRevision($page('other'), TRUE);
    $host->get('field_parts')->entity->set('field_words', 'Attacked');
    $host->save();
  },
  'nested' => function () use ($page): void {
    $host = $page('other');
    $host->get('field_parts')->get(1)->entity->get('field_parts')->entity->set('field_words', 'Attacked')->save();
  },
  'deleted' => fn () => $part('other')->delete(),
  'inline_block' => function () use ($page, $blocks): void {
    $host = $page('laid');
    $section = $host->get('layout_builder__layout')->get(0)->section;
    assert($section instanceof Section);
    foreach ($section->getComponents() as $component) {
      $block = $blocks->loadRevision($component->get('configuration')['block_revision_id']);
      $component->setConfiguration(['block_serialized' => serialize($block->set('field_words', 'Attacked'))] + $component->get('configuration'));
    }
    $host->save();
  },
];
$thrown = [];
foreach (['agent' => $input['agent'], 'admin' => 1] as $who => $as) {
  foreach ($deeds as $name => $deed) {
    $switcher->switchTo(User::load($as));
    $context->enter($run);
    try {
      $deed();
      $thrown["{$name}_$who"] = '';
    }
    catch (\Throwable $exception) {
      $thrown["{$name}_$who"] = $exception->getMessage();
    }
    finally {
      $context->leave();
      $switcher->switchBack();
    }
  }
}
print json_encode($thrown);
