<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Deletes the changes of runs that are deleted, once they are decided.
 *
 * @internal
 */
final class ChangeRemoval {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Deletes the changes of some runs, but for drafts that wait.
   *
   * @param int[] $ids
   *   Numeric ids.
   */
  public function forget(array $ids): void {
    $changes = $this->entityTypeManager->getStorage('background_agents_change');
    // A draft that nobody has decided about is still somebody's to decide.
    $decided = $changes->getQuery()->accessCheck(FALSE)->condition('run', $ids, 'IN')->condition('status', Change::PENDING, '<>')->execute();
    $changes->delete($changes->loadMultiple($decided));
  }

  /**
   * Deletes changes whose runs were deleted before somebody decided, and did.
   */
  public function forgetDecided(int $limit): void {
    $query = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])->condition('c.status', Change::PENDING, '<>');
    $query->leftJoin('background_agents_run', 'r', 'r.id = c.run');
    $ids = $query->isNull('r.id')->orderBy('c.id')->range(0, $limit)->execute()->fetchCol();
    $changes = $this->entityTypeManager->getStorage('background_agents_change');
    $changes->delete($changes->loadMultiple($ids));
  }

}
