<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\DeleteGuard;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Review\Rounds;
use Drupal\background_agents\Review\SentBackStore;
use Drupal\background_agents\Run\LockedRun;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * The drafts of a run by its generations: who keeps them, who takes them back.
 *
 * A retry starts again and leaves its own drafts; with its end the older ones
 * of its round go, unless somebody touched them. What people sent back stays.
 *
 * @internal
 */
final class GenerationDrafts {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
    private readonly LatestRevision $latest,
    private readonly DeleteGuard $deleteGuard,
    private readonly SentBackStore $sentBack,
  ) {}

  /**
   * Discards pending changes of older generations that nobody touched.
   *
   * Call it in the transaction that ends the run.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The run.
   */
  public function discard(LockedRun $run): void {
    // What people sent back meanwhile is what the next round is about.
    if ($run->generation < 2 || $this->sentBack->isWaiting($run->id)) {
      return;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $run->id)
      ->condition('generation', $run->generation, '<')
      ->condition('status', Change::PENDING)
      ->execute();
    foreach ($storage->loadMultiple($ids) as $change) {
      assert($change instanceof Change);
      if (Rounds::takesBack($change->getGeneration(), $change->getRound(), $run->generation, $run->round)) {
        $this->discardOne($change, $run);
      }
    }
  }

  /**
   * Counts drafts of kept steps as drafts of the new generation.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param string[] $keys
   *   Keys of the effects of the kept steps.
   * @param int $from
   *   The generation that has ended.
   * @param int $to
   *   The new one.
   */
  public function adopt(int $run, array $keys, int $from, int $to): void {
    if ($keys === []) {
      return;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $run)
      ->condition('generation', $from)
      ->condition('effect_key', $keys, 'IN')
      ->execute();
    foreach ($storage->loadMultiple($ids) as $change) {
      assert($change instanceof Change);
      $change->set('generation', $to)->save();
    }
  }

  private function discardOne(Change $change, LockedRun $run): void {
    $storage = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId());
    if (!$storage instanceof RevisionableStorageInterface) {
      return;
    }
    $revision = $storage->loadRevision($change->getTargetRevisionId());
    // A newer revision is somebody's work on top: then the editor decides. A
    // default revision cannot be taken away without the content itself.
    $untouched = $revision instanceof RevisionableInterface
      && $this->newest($change) === $change->getTargetRevisionId()
      && !$revision->isDefaultRevision();
    if ($untouched) {
      $this->deleteGuard->lifted(static fn () => $storage->deleteRevision($change->getTargetRevisionId()));
      $change->decide(Change::DISCARDED, NULL, $this->time->getCurrentTime())->save();
      $this->uncover($change, $revision, $run);
    }
  }

  /**
   * Decides about the draft that lay beneath one that was taken back.
   *
   * A draft of a kept step, or one that was sent back, is what the editor finds
   * now; another one goes, too, or it would stand there as the newest.
   */
  private function uncover(Change $gone, RevisionableInterface $revision, LockedRun $run): void {
    $storage = $this->entityTypeManager->getStorage($gone->getTargetEntityTypeId());
    assert($storage instanceof RevisionableStorageInterface);
    // The storage remembers the latest revision, also when it was deleted.
    $storage->resetCache([$revision->id()]);
    $changes = $this->entityTypeManager->getStorage('background_agents_change')->loadByProperties([
      'run' => $gone->getRunId(),
      'target_type' => $gone->getTargetEntityTypeId(),
      'target_uuid' => $gone->getTargetUuid(),
      'target_langcode' => $gone->getTargetLangcode(),
      'target_revision' => $this->newest($gone),
      'status' => Change::SUPERSEDED,
    ]);
    $beneath = reset($changes);
    if ($beneath instanceof Change && Rounds::waitsAgain($beneath->getGeneration(), $beneath->getRound(), $run->generation, $run->round)) {
      $beneath->set('status', Change::PENDING)->set('decided_by', NULL)->set('decided', NULL)->save();
    }
    elseif ($beneath instanceof Change) {
      $this->discardOne($beneath, $run);
    }
  }

  /**
   * The newest revision of the change's language: others' do not count.
   */
  private function newest(Change $change): ?int {
    return $this->latest->idOf($change->getTargetEntityTypeId(), $change->getTargetId(), (string) $change->getTargetLangcode());
  }

}
