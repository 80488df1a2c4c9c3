<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Entity\Change;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * Takes back the drafts that earlier generations of a run left.
 *
 * A retry starts again and leaves its own drafts; with its end the older ones
 * go, unless somebody touched them.
 */
final class OldDrafts {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Discards pending changes of older generations that nobody touched.
   *
   * Call it in the transaction that ends the run.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param int $generation
   *   Its current generation.
   */
  public function discard(int $run, int $generation): void {
    if ($generation < 2) {
      return;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $run)
      ->condition('generation', $generation, '<')
      ->condition('status', Change::PENDING)
      ->execute();
    foreach ($storage->loadMultiple($ids) as $change) {
      assert($change instanceof Change);
      $this->discardOne($change);
    }
  }

  private function discardOne(Change $change): void {
    $storage = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId());
    $revision = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($change->getTargetRevisionId()) : NULL;
    // A newer revision is somebody's work on top: then the editor decides. A
    // default revision cannot be taken away without the content itself.
    $untouched = $revision instanceof RevisionableInterface
      && (int) $storage->getLatestRevisionId($revision->id()) === $change->getTargetRevisionId()
      && !$revision->isDefaultRevision();
    if ($untouched) {
      $storage->deleteRevision($change->getTargetRevisionId());
      $change->decide(Change::DISCARDED, NULL, $this->time->getCurrentTime())->save();
    }
  }

}
