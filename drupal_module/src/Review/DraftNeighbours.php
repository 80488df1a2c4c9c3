<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Query\QueryInterface;

/**
 * The drafts that wait before and after one, in the order of the list.
 *
 * @internal
 */
final class DraftNeighbours {

  /**
   * So many are counted at most.
   */
  public const int MOST = 100;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The one that waits longer; NULL: there is none.
   */
  public function before(Change $change): ?Change {
    return $this->first($this->waiting()->condition('id', $change->id(), '<')->sort('id', 'DESC'));
  }

  /**
   * The next one; after the last one, the one that waits longest.
   */
  public function after(Change $change): ?Change {
    return $this->first($this->waiting()->condition('id', $change->id(), '>')->sort('id'))
      ?? $this->first($this->waiting()->condition('id', $change->id(), '<')->sort('id'));
  }

  /**
   * How many others wait; MOST: so many or more.
   */
  public function others(Change $change): int {
    return count($this->waiting()->condition('id', $change->id(), '<>')->range(0, self::MOST)->execute());
  }

  private function waiting(): QueryInterface {
    return $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->getQuery()->accessCheck(TRUE)->condition('status', Change::PENDING);
  }

  private function first(QueryInterface $query): ?Change {
    $ids = $query->range(0, 1)->execute();
    $found = $ids === [] ? NULL : $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->load(reset($ids));
    return $found instanceof Change ? $found : NULL;
  }

}
