<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\State\StateInterface;

/**
 * Deletes the changes of runs that are deleted, once they are decided.
 *
 * @internal
 */
final class ChangeRemoval {

  /**
   * The state that says up to which change all were looked at.
   */
  private const string SEEN = 'background_agents.changes_seen';

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StateInterface $state,
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
   *
   * They are few among many, so each time looks through the next ones alone,
   * and begins anew after the last one.
   *
   * @param int $limit
   *   Changes that are looked at.
   */
  public function forgetDecided(int $limit): void {
    $after = (int) $this->state->get(self::SEEN, 0);
    $last = (int) $this->database->queryRange('SELECT id FROM {background_agents_change} WHERE id > :after ORDER BY id', $limit - 1, 1, [':after' => $after])->fetchField();
    $query = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])
      ->condition('c.status', Change::PENDING, '<>')
      ->condition('c.id', $after, '>');
    if ($last > 0) {
      $query->condition('c.id', $last, '<=');
    }
    $query->leftJoin('background_agents_run', 'r', '[r].[id] = [c].[run]');
    $ids = $query->isNull('r.id')->execute()->fetchCol();
    $changes = $this->entityTypeManager->getStorage('background_agents_change');
    $changes->delete($changes->loadMultiple($ids));
    if ($after !== $last) {
      $this->state->set(self::SEEN, $last);
    }
  }

}
