<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Holds an item while a decision is carried out, if it still is what was seen.
 *
 * @internal
 */
final class ReviewLock {

  use StringTranslationTrait;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DraftVersions $versions,
    private readonly DateFormatterInterface $dates,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Locks the item's row. Call it first in the transaction.
   *
   * @return array{\Drupal\background_agents\Entity\Change, \Drupal\Core\Entity\ContentEntityInterface}
   *   The change as it is now, and the newest revision of its language.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When somebody decided, or changed the item, since it was seen.
   */
  public function take(Change $change, Seen $seen): array {
    $this->lock($change);
    $now = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadUnchanged($change->id());
    if (!$now instanceof Change) {
      throw new ReviewRefused($this->t('This draft is not there any more.'));
    }
    if (!$now->isPending()) {
      throw new ReviewRefused($this->decided($now));
    }
    $present = $this->versions->seen($now);
    $newest = $this->versions->newest($now);
    if ($present === NULL || $newest === NULL) {
      throw new ReviewRefused($this->t('The content of this draft is not there any more.'));
    }
    if ((string) $present !== (string) $seen) {
      throw new ReviewRefused($this->changed($newest));
    }
    if (!$now->access('review', $this->currentUser)) {
      throw new ReviewRefused($this->t('You may not decide about this draft: that needs the permission to review agents\' drafts, and to edit "@label".', ['@label' => $now->getTargetLabel()]));
    }
    return [$now, $newest];
  }

  private function lock(Change $change): void {
    $type = $this->entityTypeManager->getDefinition($change->getTargetEntityTypeId(), FALSE);
    if ($type === NULL) {
      throw new ReviewRefused($this->t('The content of this draft is not there any more.'));
    }
    $this->database->select($type->getBaseTable(), 'b')
      ->fields('b', [$type->getKey('id')])
      ->condition($type->getKey('id'), $change->getTargetId())
      ->forUpdate()
      ->execute()
      ->fetchField();
    $this->entityTypeManager->getStorage($type->id())->resetCache([$change->getTargetId()]);
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
      $change->getStatus() === Change::ACCEPTED => $this->t('@who has accepted this draft already, on @when. Nothing was changed now.', $arguments),
      $change->getStatus() === Change::REJECTED && $change->getReason() !== '' => $this->t('@who has refused this draft already, on @when: @reason', $arguments),
      $change->getStatus() === Change::REJECTED => $this->t('@who has refused this draft already, on @when. Nothing was changed now.', $arguments),
      default => $this->t('A later version has taken the place of this draft, on @when. Nothing was changed now.', $arguments),
    };
  }

  private function changed(ContentEntityInterface $newest): TranslatableMarkup {
    return $this->t('@who has changed "@label" since you opened this page, on @when. Nothing was decided: look at the new version first.', [
      '@who' => $newest->getRevisionUser()?->getDisplayName() ?? $this->t('Somebody'),
      '@label' => $newest->label(),
      '@when' => $this->dates->format((int) $newest->getRevisionCreationTime(), 'short'),
    ]);
  }

}
