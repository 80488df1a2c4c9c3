<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Session\AccountInterface;

/**
 * Counts the drafts that wait for a person, up to a limit.
 *
 * @internal
 */
final class WaitingDrafts {

  /**
   * No more are counted: nobody needs to know, and it would take its time.
   */
  public const int MOST = 100;

  public function __construct(
    private readonly Connection $database,
    private readonly DraftListAccess $access,
  ) {}

  /**
   * How many undecided drafts there are that the person may decide about.
   *
   * @return int
   *   MOST, when there are so many or more.
   */
  public function count(AccountInterface $account): int {
    if (!$account->hasPermission('review background agent drafts')) {
      return 0;
    }
    $query = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])->condition('c.status', Change::PENDING)->range(0, self::MOST);
    $this->access->restrictToReview($query, 'c', $account);
    return (int) $query->countQuery()->execute()->fetchField();
  }

}
