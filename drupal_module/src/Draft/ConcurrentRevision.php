<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Guard\GuardException;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Refuses a save whose item somebody else is saving a revision of right now.
 *
 * An editor's save writes its revision first and locks the item's row later,
 * or never. Its revision is not seen before it is committed, but has the lower
 * number: ours would be the newest one, without the editor's work.
 *
 * @internal
 */
final class ConcurrentRevision {

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Looks for revisions between what a revision was made from and itself.
   *
   * Does not wait for locks: the editor may wait for ours, and the database
   * would have to give up one of the two. MySQL and MariaDB only: elsewhere
   * rows of others that are not committed cannot be noticed.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $saved
   *   What was saved in this transaction.
   * @param int|null $base
   *   The revision that it was made from; NULL: it is a new item.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When there is one.
   * @throws \Drupal\Core\Database\DatabaseExceptionWrapper
   *   When one is being written: DatabaseFailure::isBusy().
   */
  public function refuse(ContentEntityInterface $saved, ?int $base): void {
    if ($base === NULL || $this->database->databaseType() !== 'mysql') {
      return;
    }
    $type = $saved->getEntityType();
    $table = $type->getRevisionDataTable() ?? $type->getRevisionTable();
    // "+ 0" leaves only the index of the item to be used: by that of the
    // revisions, rows of every item between the two would be locked.
    $conditions = [
      "{$type->getKey('id')} = :id",
      "{$type->getKey('revision')} + 0 > :base",
      "{$type->getKey('revision')} + 0 < :own",
    ];
    $arguments = [':id' => $saved->id(), ':base' => $base, ':own' => $saved->getRevisionId()];
    if ($type->getRevisionDataTable() !== NULL && $type->hasKey('langcode')) {
      $conditions[] = "{$type->getKey('langcode')} = :langcode";
      $conditions[] = "{$type->getKey('revision_translation_affected')} = 1";
      $arguments[':langcode'] = $saved->language()->getId();
    }
    // Names of tables and columns are the entity type's own, not input.
    $found = $this->database->query("SELECT {$type->getKey('revision')} FROM {" . $table . '} WHERE ' . implode(' AND ', $conditions) . ' FOR UPDATE NOWAIT', $arguments)->fetchCol();
    if ($found !== []) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', (int) max($found));
    }
  }

}
