<?php

/**
 * @file
 * Models that dispatch agents when an article is updated and when a run ends; prints nothing. Argument "off" deletes them.
 */

declare(strict_types=1);

use Drupal\eca\Entity\Eca;

$models = [
  'bga_own' => ['content_entity:update', ['type' => 'node article'], 'core'],
  'bga_other' => ['content_entity:update', ['type' => 'node article'], 'core_child'],
];
foreach ($models as $id => [$event, $configuration, $agent]) {
  Eca::load($id)?->delete();
  if (($extra[0] ?? '') === 'off') {
    continue;
  }
  Eca::create([
    'id' => $id,
    'label' => $id,
    'status' => TRUE,
    'version' => '1',
    'events' => ['e' => ['plugin' => $event, 'label' => 'e', 'configuration' => $configuration, 'successors' => [['id' => 'd', 'condition' => '']]]],
    'conditions' => [],
    'gateways' => [],
    'actions' => [
      'd' => [
        'plugin' => 'background_agents_dispatch',
        'label' => 'd',
        'configuration' => ['agent' => $agent, 'input' => '', 'entity' => 'entity', 'key' => '', 'token_name' => ''],
        'successors' => [],
      ],
    ],
  ])->save();
}
print json_encode([]);
