<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Holds an item, so that nobody else saves a version of it meanwhile.
 *
 * Agents' drafts and people's decisions are both made from a version that
 * somebody has read: who comes first holds the item's row until the commit, who
 * comes second finds another version than the one they read.
 *
 * @internal
 */
final class ItemLock {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LatestRevision $latest,
  ) {}

  /**
   * Locks the item's row until the end of the transaction.
   *
   * No plain SELECT comes before this in the transaction: in MySQL it would fix
   * a view of the data from before the lock.
   *
   * @param string $entityType
   *   Id of an entity type that exists.
   * @param string|int $id
   *   Id of the item.
   * @param string $langcode
   *   The language that is asked about.
   *
   * @return \Drupal\background_agents\Review\Seen|null
   *   What is newest in the language, and what is default, now; NULL: the item
   *   is gone.
   */
  public function take(string $entityType, string|int $id, string $langcode): ?Seen {
    $type = $this->entityTypeManager->getDefinition($entityType);
    $this->database->select($type->getBaseTable(), 'b')
      ->fields('b', [$type->getKey('id')])
      ->condition($type->getKey('id'), $id)
      ->forUpdate()
      ->execute()
      ->fetchField();
    $this->entityTypeManager->getStorage($entityType)->resetCache([$id]);
    $newest = $this->latest->idOf($entityType, $id, $langcode);
    return $newest === NULL ? NULL : new Seen($newest, $this->latest->defaultIdOf($entityType, $id));
  }

}
