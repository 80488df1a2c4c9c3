<?php

/**
 * @file
 * Aliases by Pathauto, and models that set a field of an article and save it.
 *
 * Prints nothing. Argument "off" takes all of it away.
 */

declare(strict_types=1);

use Drupal\eca\Entity\Eca;
use Drupal\pathauto\Entity\PathautoPattern;

PathautoPattern::load('bga_articles')?->delete();
foreach (['insert', 'update'] as $event) {
  Eca::load("bga_nested_$event")?->delete();
}
if (($extra[0] ?? '') !== 'off') {
  $pattern = PathautoPattern::create(['id' => 'bga_articles', 'label' => 'Articles', 'type' => 'canonical_entities:node', 'pattern' => 'bga/[node:title]', 'weight' => 0]);
  $pattern->addSelectionCondition(['id' => 'entity_bundle:node', 'bundles' => ['article' => 'article'], 'negate' => FALSE, 'context_mapping' => ['node' => 'node']]);
  $pattern->save();
  foreach (['insert', 'update'] as $event) {
    Eca::create([
      'id' => "bga_nested_$event",
      'label' => "Nested $event",
      'status' => TRUE,
      'version' => '1',
      'events' => ['e' => ['plugin' => "content_entity:$event", 'label' => 'e', 'configuration' => ['type' => 'node article'], 'successors' => [['id' => 'set', 'condition' => '']]]],
      'conditions' => [],
      'gateways' => [],
      'actions' => [
        'set' => [
          'plugin' => 'eca_set_field_value',
          'label' => 'set',
          'configuration' => ['field_name' => 'title', 'field_value' => "[node:title] $event", 'method' => 'set:clear', 'strip_tags' => FALSE, 'trim' => FALSE, 'save_entity' => FALSE, 'object' => 'entity'],
          'successors' => [['id' => 'save', 'condition' => '']],
        ],
        'save' => ['plugin' => 'eca_save_entity', 'label' => 'save', 'configuration' => ['object' => 'entity'], 'successors' => []],
      ],
    ])->save();
  }
}
print json_encode([]);
