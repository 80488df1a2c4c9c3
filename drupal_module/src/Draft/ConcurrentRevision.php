<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Guard\GuardException;
use Drupal\Core\Database\Connection;

/**
 * Refuses a draft whose item somebody else is saving a revision of right now.
 *
 * An editor's save writes its revision first and locks the item's row later,
 * or never. Its revision is not seen before it is committed, but has the lower
 * number: the agent's draft would be the newest one, without the editor's work.
 *
 * @internal
 */
final class ConcurrentRevision {

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Looks for revisions between a draft's base and the draft that was saved.
   *
   * Does not wait for locks: the editor may wait for ours, and the database
   * would have to give up one of the two. MySQL and MariaDB only: elsewhere
   * rows of others that are not committed cannot be noticed.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When there is one.
   * @throws \Drupal\Core\Database\DatabaseExceptionWrapper
   *   When one is being written: DatabaseFailure::isBusy().
   */
  public function refuse(Draft $draft): void {
    if ($draft->isCreation() || $this->database->databaseType() !== 'mysql') {
      return;
    }
    $type = $draft->entity->getEntityType();
    $table = $type->getRevisionDataTable() ?? $type->getRevisionTable();
    // "+ 0" leaves only the index of the item to be used: by that of the
    // revisions, rows of every item between the two would be locked.
    $conditions = [
      "{$type->getKey('id')} = :id",
      "{$type->getKey('revision')} + 0 > :base",
      "{$type->getKey('revision')} + 0 < :own",
    ];
    $arguments = [':id' => $draft->entity->id(), ':base' => $draft->base, ':own' => $draft->entity->getRevisionId()];
    if ($type->getRevisionDataTable() !== NULL && $type->hasKey('langcode')) {
      $conditions[] = "{$type->getKey('langcode')} = :langcode";
      $conditions[] = "{$type->getKey('revision_translation_affected')} = 1";
      $arguments[':langcode'] = $draft->entity->language()->getId();
    }
    // Names of tables and columns are the entity type's own, not input.
    $found = $this->database->query("SELECT {$type->getKey('revision')} FROM {" . $table . '} WHERE ' . implode(' AND ', $conditions) . ' FOR UPDATE NOWAIT', $arguments)->fetchCol();
    if ($found !== []) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', (int) max($found));
    }
  }

}
