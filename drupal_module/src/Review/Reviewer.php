<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Review\Outcome\OutcomeRecorder;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

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
    private readonly EditorDecisions $decisions,
    private readonly ChangeLog $changes,
    private readonly OutcomeRecorder $outcomes,
    private readonly GuardedWork $work,
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
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it cannot be done; nothing was changed.
   */
  public function accept(Change $change, Seen $seen, Choice $choice, ?string $state): void {
    $this->work->inTransaction(function () use ($change, $seen, $choice, $state): void {
      [$change, $draft] = $this->lock->take($change, $seen);
      $former = $this->revisions->former($change);
      [$revision, $isPart] = $this->revisions->accepted($change, $draft, $former, $choice, $state);
      $this->decisions->leave($change);
      $this->revisions->save($revision, $this->currentUser, ReviewLogText::accepted($change, $this->currentUser, $isPart));
      $this->audit->record($change, 'accept', '', ['part' => $isPart]);
      if (!$this->decisions->isPublished($revision)) {
        return;
      }
      if ($isPart && $choice->isRestKept) {
        $this->follow($change, $draft, $former, $revision);
        return;
      }
      $this->outcomes->record($change, $revision);
      $this->changes->decide([$change], Change::ACCEPTED, (int) $this->currentUser->id());
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
    $this->work->inTransaction(function () use ($change, $seen, $reason): void {
      [$change, $draft] = $this->lock->take($change, $seen);
      $this->decisions->leave($change);
      $this->audit->record($change, 'refuse', $reason);
      $this->changes->decide([$change->set('reason', $reason)], Change::REJECTED, (int) $this->currentUser->id());
      // What was never published stays, marked: core keeps default revisions.
      if (!$draft->isDefaultRevision()) {
        $this->revisions->delete($change, $draft);
      }
    });
  }

  /**
   * Says whether a decision could be carried out now.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it could not.
   */
  public function check(Change $change, Seen $seen): void {
    $this->work->inTransaction(fn (): array => $this->lock->take($change, $seen));
  }

  /**
   * Leaves what was not accepted as a new draft, which the change follows.
   */
  private function follow(Change $change, ContentEntityInterface $draft, array $former, ContentEntityInterface $published): void {
    $rest = $this->revisions->rest($change, $draft, $published);
    $this->decisions->leave($change);
    $this->revisions->save($rest, $draft->getRevisionUser(), ReviewLogText::kept($change));
    $change->set('target_revision', $rest->getRevisionId())->set('base_revision', $published->getRevisionId());
    $change->save();
  }

}
