<?php

/**
 * @file
 * Makes so many published articles; prints UUID and revision of each as JSON.
 */

declare(strict_types=1);

use Drupal\node\Entity\Node;

$made = [];
foreach (range(1, (int) $extra[0]) as $number) {
  $node = Node::create([
    'type' => 'article',
    'title' => "Vector $number",
    'body' => ['value' => '<p>Text.</p>', 'format' => 'basic_html'],
    'moderation_state' => 'published',
    'uid' => 1,
  ]);
  $node->save();
  $made[] = ['id' => (int) $node->id(), 'uuid' => $node->uuid(), 'revision' => (int) $node->getRevisionId()];
}
print json_encode($made);
