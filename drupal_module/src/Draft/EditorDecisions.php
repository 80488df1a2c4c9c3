<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\DraftState;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\background_agents\Review\Outcome\Outcome;
use Drupal\background_agents\Review\Outcome\OutcomeRecorder;
use Drupal\background_agents\Review\RevisionLineage;
use Drupal\Core\DestructableInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * What editors decide about agents' drafts, read from what they save.
 *
 * Noted in the editor's save, and written after the response: nothing here may
 * make a save slower, or fail. A save that was rolled back decides nothing.
 *
 * @internal
 */
final class EditorDecisions implements DestructableInterface {

  /**
   * Keyed by id of the change; `revision` is the one that has to exist.
   *
   * @var array<int, array{status: string, uid: int, type: string, revision: ?int, isPublished: bool}>
   */
  private array $noted = [];

  /**
   * States that drafts were brought to without a decision, by id of the change.
   *
   * @var array<int, string>
   */
  private array $moved = [];

  /**
   * Ids of changes that the editor knowingly saves over.
   *
   * @var array<int, true>
   */
  private array $overridden = [];

  /**
   * Ids of changes about which the review decides itself.
   *
   * @var array<int, true>
   */
  private array $left = [];

  public function __construct(
    private readonly ChangeLog $changes,
    private readonly DraftState $states,
    private readonly Fingerprint $fingerprint,
    private readonly RevisionLineage $lineage,
    private readonly OutcomeRecorder $outcomes,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Tells that the next save puts the editor's version in a draft's place.
   *
   * Core makes it from the newest revision all the same: the draft.
   */
  public function override(Change $change): void {
    $this->overridden[(int) $change->id()] = TRUE;
  }

  /**
   * Whether the editor knowingly saves over a draft in this request.
   */
  public function isOverridden(Change $change): bool {
    return isset($this->overridden[(int) $change->id()]);
  }

  /**
   * Tells that the review says what is decided by the saves of this request.
   */
  public function leave(Change $change): void {
    $this->left[(int) $change->id()] = TRUE;
  }

  /**
   * Notes what a save means for the pending changes of its language.
   */
  public function onSave(ContentEntityInterface $entity): void {
    foreach ($this->changes->pending($entity, $entity->language()->getId()) as $change) {
      $status = isset($this->overridden[(int) $change->id()]) ? Change::SUPERSEDED : $this->judge($entity, $change);
      if ($status !== NULL) {
        $this->note($change, $status, $entity, (int) $entity->getRevisionId());
      }
      elseif (($state = ChangeLog::stateOf($entity)) !== NULL && $state !== $change->getModerationState()) {
        $this->moved[(int) $change->id()] = $state;
      }
    }
  }

  /**
   * Notes that an item, a translation or a revision is gone.
   *
   * @param string|null $langcode
   *   Only this language; NULL: all.
   * @param int|null $revision
   *   Only this revision; NULL: all.
   */
  public function onDelete(ContentEntityInterface $entity, ?string $langcode = NULL, ?int $revision = NULL): void {
    foreach ($this->changes->pending($entity, $langcode) as $change) {
      if ($revision === NULL || $change->getTargetRevisionId() === $revision) {
        $this->note($change, Change::REJECTED, $entity, NULL);
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function destruct(): void {
    $noted = $this->noted;
    $this->noted = [];
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $this->moveStates();
    foreach ($noted as $id => $decision) {
      $change = $storage->loadUnchanged($id);
      if ($change instanceof Change && $change->isPending() && $this->happened($change, $decision)) {
        $this->changes->decide([$change], $this->measured($change, $decision), $decision['uid']);
      }
    }
  }

  /**
   * Says in which state drafts wait now: lists go by it.
   */
  private function moveStates(): void {
    $moved = $this->moved;
    $this->moved = [];
    $changes = $moved === [] ? [] : $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadMultiple(array_keys($moved));
    foreach ($changes as $id => $change) {
      if ($change instanceof Change && $change->isPending()) {
        $change->set('moderation_state', $moved[$id])->save();
      }
    }
  }

  /**
   * Measures what came of a draft whose item was published.
   *
   * @return string
   *   The decision: who publishes a text of their own instead has not
   *   accepted the draft.
   */
  private function measured(Change $change, array $decision): string {
    $storage = $this->entityTypeManager->getStorage($decision['type']);
    $published = $decision['isPublished'] && $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($decision['revision']) : NULL;
    $langcode = (string) $change->getTargetLangcode();
    if (!$published instanceof ContentEntityInterface || !$published->hasTranslation($langcode)) {
      return $decision['status'];
    }
    $outcome = $this->outcomes->record($change, $published->getTranslation($langcode));
    return $decision['status'] === Change::ACCEPTED && $outcome?->class === Outcome::REPLACED ? Change::SUPERSEDED : $decision['status'];
  }

  /**
   * What became of a draft by a save; NULL: nothing was decided.
   *
   * Drafts of an item that was never published are its default revision too:
   * the state says whether something was decided.
   */
  private function judge(ContentEntityInterface $entity, Change $change): ?string {
    $isBasedOnIt = $this->isBasedOn($entity, $change);
    if ($this->isPublished($entity)) {
      return $this->published($entity, $change, $isBasedOnIt);
    }
    if ($this->states->isModerated($entity) && $this->states->isLive($entity)) {
      return $isBasedOnIt ? Change::REJECTED : NULL;
    }
    return $isBasedOnIt ? NULL : Change::SUPERSEDED;
  }

  /**
   * Whether visitors see the translation as it was saved.
   */
  public function isPublished(ContentEntityInterface $entity): bool {
    $isPublished = $entity instanceof EntityPublishedInterface ? $entity->isPublished() : $this->states->isModerated($entity) && $this->states->isLive($entity);
    return $entity->isDefaultRevision() && $isPublished;
  }

  /**
   * What was published decides, not only what it was made from.
   *
   * An editor may put the old text back in the draft, or take a part of the
   * draft into the published text.
   */
  private function published(ContentEntityInterface $entity, Change $change, bool $isBasedOnIt): string {
    $judgement = $this->lineage->of($entity);
    if ($isBasedOnIt) {
      return $judgement !== NULL && $judgement->before !== [] && $judgement->throwsAway($change) ? Change::REJECTED : Change::ACCEPTED;
    }
    return $judgement?->takesFrom($change) ? Change::ACCEPTED : Change::SUPERSEDED;
  }

  /**
   * Whether a save was made from a draft, in the draft's language.
   *
   * Revisions are numbered over all languages: a later one may hold another
   * language's change, and the published text of this one. So a later one
   * counts only when it changed this language; had it not been made from the
   * draft, the draft would have been decided about. One that was saved without
   * a change of text holds the draft's.
   */
  public function isBasedOn(ContentEntityInterface $entity, Change $change): bool {
    $draft = $change->getTargetRevisionId();
    $base = (int) $entity->getLoadedRevisionId();
    if ($base === $draft || (int) $entity->getRevisionId() === $draft) {
      return TRUE;
    }
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $loaded = $base > $draft && $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($base) : NULL;
    $langcode = $entity->language()->getId();
    if (!$loaded instanceof ContentEntityInterface || !$loaded->hasTranslation($langcode)) {
      return FALSE;
    }
    $translation = $loaded->getTranslation($langcode);
    return $translation->isRevisionTranslationAffected() || $this->fingerprint->of($translation) === ($change->getPrints()['fields'] ?? NULL);
  }

  private function note(Change $change, string $status, ContentEntityInterface $entity, ?int $revision): void {
    if (isset($this->left[(int) $change->id()])) {
      return;
    }
    $this->noted[(int) $change->id()] = [
      'status' => $status,
      'uid' => (int) $this->currentUser->id(),
      'type' => $entity->getEntityTypeId(),
      'revision' => $revision,
      'isPublished' => $revision !== NULL && $this->isPublished($entity),
    ];
  }

  private function happened(Change $change, array $decision): bool {
    $storage = $this->entityTypeManager->getStorage($decision['type']);
    $storage->resetCache([$change->getTargetId()]);
    if ($decision['revision'] !== NULL) {
      return !$storage instanceof RevisionableStorageInterface || $storage->loadRevision($decision['revision']) !== NULL;
    }
    $draft = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($change->getTargetRevisionId()) : NULL;
    return !$draft instanceof ContentEntityInterface || !$draft->hasTranslation((string) $change->getTargetLangcode());
  }

}
