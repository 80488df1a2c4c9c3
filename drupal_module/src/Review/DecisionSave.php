<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ConcurrentRevision;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\RevisionLogInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Saves the revision that a decision ends in.
 *
 * @internal
 */
final class DecisionSave {

  public function __construct(
    private readonly TimeInterface $time,
    private readonly ConcurrentRevision $concurrent,
  ) {}

  /**
   * Saves a revision as somebody's, now.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When somebody else saved a revision meanwhile.
   */
  public function save(ContentEntityInterface $revision, ?AccountInterface $author, string $log): void {
    $base = (int) $revision->getLoadedRevisionId();
    if ($revision instanceof RevisionLogInterface) {
      $revision->setRevisionUserId((int) $author?->id());
      $revision->setRevisionCreationTime($this->time->getRequestTime());
      $revision->setRevisionLogMessage($log);
    }
    $revision->save();
    $this->concurrent->refuse($revision, $base);
  }

}
