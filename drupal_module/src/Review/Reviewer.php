<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Outcome\OutcomeRecorder;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\RevisionLogInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Carries out what people decide about agents' drafts, whatever the door.
 *
 * Each decision holds the item's row, and compares what is newest with what
 * the reviewer saw: of two at once, the second is told what the first decided.
 *
 * @internal
 */
final class Reviewer {

  public function __construct(
    private readonly ReviewLock $lock,
    private readonly ReviewedRevision $revisions,
    private readonly RefusedDraft $refused,
    private readonly EditorDecisions $decisions,
    private readonly ChangeLog $changes,
    private readonly OutcomeRecorder $outcomes,
    private readonly ReviewAudit $audit,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Accepts a draft, or a part of it.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What the reviewer had in sight.
   * @param \Drupal\background_agents\Review\Choice $choice
   *   What is accepted, and what becomes of the rest.
   * @param string|null $state
   *   The moderation state to bring it to; NULL where no workflow applies.
   *
   * @return bool
   *   Whether it was published. Another state leaves the draft undecided.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it cannot be done; nothing was changed.
   */
  public function accept(Change $change, Seen $seen, Choice $choice, ?string $state): bool {
    return $this->lock->during($change, $seen, function (Change $change, ContentEntityInterface $draft) use ($choice, $state): bool {
      $accepted = $this->revisions->accepted($change, $draft, $choice, $state);
      $revision = $accepted->revision;
      $this->decisions->leave($change);
      $this->revisions->save($revision, $this->currentUser, ReviewLogText::accepted($change, $this->currentUser, $accepted->isPart));
      $this->audit->record($change, 'accept', '', ['part' => $accepted->isPart]);
      if (!$this->isPublished($accepted)) {
        return FALSE;
      }
      $this->outcomes->record($change, $revision);
      if ($accepted->waiting !== []) {
        $this->follow($change, $draft, $revision, $accepted->waiting);
        return TRUE;
      }
      $this->changes->decide([$change], Change::ACCEPTED, (int) $this->currentUser->id());
      return TRUE;
    });
  }

  /**
   * Refuses a draft: its revision goes, unless the item is nothing else.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What the reviewer had in sight.
   * @param string $reason
   *   Why; empty when they did not say.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it cannot be done; nothing was changed.
   */
  public function refuse(Change $change, Seen $seen, string $reason): void {
    $this->lock->during($change, $seen, function (Change $change, ContentEntityInterface $draft) use ($reason): void {
      $this->decisions->leave($change);
      $this->audit->record($change, 'refuse', $reason);
      $this->changes->decide([$change->set('reason', $reason)], Change::REJECTED, (int) $this->currentUser->id());
      $this->refused->remove($change, $draft, $this->currentUser);
    });
  }

  /**
   * Says whether a decision could be carried out now.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it could not.
   */
  public function check(Change $change, Seen $seen): void {
    $this->lock->during($change, $seen, static fn (): null => NULL);
  }

  /**
   * Whether visitors see what was saved, as it was meant.
   *
   * A module that publishes at a date would take down what is published now.
   */
  private function isPublished(Acceptance $accepted): bool {
    $isPublished = $this->decisions->isPublished($accepted->revision);
    if ($accepted->isToBeLive && !$isPublished) {
      throw new ReviewRefused(new TranslatableMarkup('Another module keeps this content unpublished, perhaps until a date. Nothing was decided: look at the form of the content.'));
    }
    return $isPublished;
  }

  /**
   * Leaves what was not accepted as a new draft, which the change follows.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $draft
   *   Its newest version.
   * @param \Drupal\Core\Entity\ContentEntityInterface $published
   *   What was published of it.
   * @param string[] $waiting
   *   Names of the fields whose changes wait.
   */
  private function follow(Change $change, ContentEntityInterface $draft, ContentEntityInterface $published, array $waiting): void {
    $rest = $this->revisions->rest($change, $draft, $published, $waiting);
    $this->decisions->leave($change);
    $this->revisions->save($rest, $draft instanceof RevisionLogInterface ? $draft->getRevisionUser() : NULL, ReviewLogText::kept($change));
    $this->changes->follow($change, $rest, $published);
  }

}
