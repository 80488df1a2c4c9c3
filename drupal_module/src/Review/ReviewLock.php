<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\ItemLock;
use Drupal\background_agents\Entity\Change;
use Drupal\content_lock\ContentLock\ContentLockInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionLogInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\user\UserInterface;

/**
 * Holds an item while a decision is carried out, if it still is what was seen.
 *
 * @internal
 */
final class ReviewLock {

  use StringTranslationTrait;

  public function __construct(
    private readonly ItemLock $items,
    private readonly DecisionTransaction $work,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DraftVersions $versions,
    private readonly Fingerprint $fingerprint,
    private readonly DateFormatterInterface $dates,
    private readonly AccountInterface $currentUser,
    private readonly ?ContentLockInterface $contentLock,
  ) {}

  /**
   * Does something with a draft whose item is locked, in one transaction.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What the reviewer had in sight.
   * @param callable(\Drupal\background_agents\Entity\Change, \Drupal\Core\Entity\ContentEntityInterface): mixed $work
   *   Gets the change as it is now, and the newest revision of its language.
   *
   * @return mixed
   *   What the work returned.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When somebody decided, or changed the item, since it was seen.
   */
  public function during(Change $change, Seen $seen, callable $work): mixed {
    return $this->work->run(fn (): mixed => $work(...$this->take($change, $seen)));
  }

  /**
   * Locks the item's row. Call it first in the transaction.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What the reviewer had in sight.
   * @param string $operation
   *   What the current user has to be allowed: "review", or "send back".
   *
   * @return array{\Drupal\background_agents\Entity\Change, \Drupal\Core\Entity\ContentEntityInterface}
   *   The change as it is now, and the newest revision of its language.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When somebody decided, or changed the item, since it was seen.
   */
  public function take(Change $change, Seen $seen, string $operation = 'review'): array {
    $hasType = $this->entityTypeManager->hasDefinition($change->getTargetEntityTypeId());
    $present = $hasType ? $this->items->take($change->getTargetEntityTypeId(), $change->getTargetId(), (string) $change->getTargetLangcode()) : NULL;
    $now = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadUnchanged($change->id());
    if (!$now instanceof Change) {
      throw new ReviewRefused($this->t('This draft is not there any more.'));
    }
    if (!$now->isPending()) {
      throw new ReviewRefused($this->decided($now));
    }
    $newest = $present === NULL ? NULL : $this->versions->revision($now, $present->newest);
    if ($present === NULL || $newest === NULL) {
      throw new ReviewRefused($this->t('The content of this draft is not there any more.'));
    }
    $this->compare($now, $seen, $present, $newest);
    if (!$now->access($operation, $this->currentUser)) {
      throw new ReviewRefused($this->t('You may not decide about this draft: that needs the permission to review agents\' drafts, and to edit "@label".', ['@label' => $now->getTargetLabel()]));
    }
    $this->refuseWhileEdited($newest);
    return [$now, $newest];
  }

  /**
   * Refuses when the reviewer has not seen what is there now.
   */
  private function compare(Change $change, Seen $seen, Seen $present, ContentEntityInterface $newest): void {
    if ($present->newest !== $seen->newest) {
      throw new ReviewRefused($this->changed($newest));
    }
    $published = $present->default === NULL ? NULL : $this->versions->revision($change, $present->default);
    if ($present->default !== $seen->default && !$this->isSame($published, $seen->default === NULL ? NULL : $this->versions->revision($change, $seen->default))) {
      throw new ReviewRefused($this->changed($published ?? $newest));
    }
  }

  /**
   * Whether two default revisions show the same in the draft's language.
   *
   * Another language may have been published meanwhile.
   */
  private function isSame(?ContentEntityInterface $present, ?ContentEntityInterface $seen): bool {
    $isPublished = static fn (?ContentEntityInterface $revision): bool => !$revision instanceof EntityPublishedInterface || $revision->isPublished();
    return $present !== NULL && $seen !== NULL && $isPublished($present) === $isPublished($seen) && $this->fingerprint->of($present) === $this->fingerprint->of($seen);
  }

  /**
   * Content Lock: nobody decides while somebody else edits the item.
   */
  private function refuseWhileEdited(ContentEntityInterface $newest): void {
    $lock = $this->contentLock?->isLockable($newest) ? $this->contentLock->fetchLock($newest) : FALSE;
    if ($lock !== FALSE && (int) $lock->uid !== (int) $this->currentUser->id()) {
      $editor = $this->entityTypeManager->getStorage('user')->load($lock->uid);
      throw new ReviewRefused($this->t('@who is editing "@label" now, and has locked it. Nothing was decided: wait until they have saved.', [
        '@who' => $editor instanceof UserInterface ? $editor->getDisplayName() : $this->t('Somebody'),
        '@label' => $newest->label(),
      ]));
    }
  }

  /**
   * What somebody else decided meanwhile.
   */
  private function decided(Change $change): TranslatableMarkup {
    $arguments = [
      '@who' => $change->getDecidedBy()?->getDisplayName() ?? $this->t('Somebody'),
      '@when' => $this->dates->format((int) $change->getDecidedTime(), 'short'),
      '@reason' => $change->getReason(),
    ];
    return match (TRUE) {
      $change->isDryRun() => $this->t('This was a test run: nothing was saved, so there is nothing to decide about.'),
      $change->getStatus() === Change::ACCEPTED => $this->t('@who has accepted this draft already, on @when. Nothing was changed now.', $arguments),
      $change->getStatus() === Change::REJECTED && $change->getReason() !== '' => $this->t('@who has refused this draft already, on @when: @reason', $arguments),
      $change->getStatus() === Change::REJECTED => $this->t('@who has refused this draft already, on @when. Nothing was changed now.', $arguments),
      default => $this->t('A later version has taken the place of this draft, on @when. Nothing was changed now.', $arguments),
    };
  }

  private function changed(ContentEntityInterface $newest): TranslatableMarkup {
    $revision = $newest instanceof RevisionLogInterface ? $newest : NULL;
    return $this->t('@who has changed "@label" since you opened this page, on @when. Nothing was decided: look at the new version first.', [
      '@who' => $revision?->getRevisionUser()?->getDisplayName() ?? $this->t('Somebody'),
      '@label' => $newest->label(),
      '@when' => $this->dates->format((int) $revision?->getRevisionCreationTime(), 'short'),
    ]);
  }

}
