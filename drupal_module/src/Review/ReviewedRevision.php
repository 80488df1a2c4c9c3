<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\DraftState;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Makes the revisions that a decision ends in.
 *
 * @internal
 */
final class ReviewedRevision {

  use StringTranslationTrait;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly ChosenValues $values,
    private readonly Transitions $transitions,
    private readonly DraftState $states,
    private readonly ClosedFields $closed,
    private readonly DecisionValidator $validator,
    private readonly DecisionSave $saves,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * What stands where the draft's fields are, without the draft.
   *
   * @return array<string, list<mixed>>
   *   Stored items of the published revision, by field that the agent set; of
   *   what it read where nothing was published.
   */
  public function former(Change $change): array {
    $own = $change->getOwnValues();
    $published = $this->versions->published($change);
    $former = [];
    foreach ($this->names($change) as $name) {
      $former[$name] = $published?->hasField($name) ? array_values($published->get($name)->getValue()) : $own['before'][$name] ?? [];
    }
    return $former;
  }

  /**
   * Names of the fields that the agent set.
   *
   * @return string[]
   */
  public function names(Change $change): array {
    return array_keys($change->getOwnValues()['after'] ?? []);
  }

  /**
   * The revision that a person accepts, ready to be saved.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When the person has no such transition, or the values are not valid.
   */
  public function accepted(Change $change, ContentEntityInterface $draft, Choice $choice, ?string $state): Acceptance {
    $names = $this->names($change);
    $former = $this->former($change);
    $changed = array_filter($names, static fn (string $name): bool => $draft->hasField($name) && array_values($draft->get($name)->getValue()) != $former[$name]);
    $closed = $this->closed->among($draft, $changed, $this->currentUser);
    $chosen = $choice->without($closed, $names);
    if ($chosen->fields === []) {
      throw new ReviewRefused($this->t('You may not change the fields of this draft that differ. Somebody who may edit them has to decide.'));
    }
    $revision = $this->versions->storage($change)->createRevision($draft);
    assert($revision instanceof ContentEntityInterface);
    $isPart = $this->values->apply($revision, $names, $former, $chosen);
    $waiting = match (TRUE) {
      !$isPart => [],
      $choice->isRestKept => $names,
      default => $closed,
    };
    $isToBeLive = $this->bring($revision, $draft, $state, $waiting !== []);
    $this->validator->validate($revision, $this->versions->published($change));
    return new Acceptance($revision, $isPart, $waiting, $isToBeLive);
  }

  /**
   * Brings a revision where the person may bring it.
   *
   * @return bool
   *   Whether visitors are to see it.
   */
  private function bring(ContentEntityInterface $revision, ContentEntityInterface $draft, ?string $state, bool $hasRest): bool {
    if ($this->states->isModerated($draft)) {
      if ($state === NULL || !isset($this->transitions->of($draft, $this->currentUser)[$state])) {
        throw new ReviewRefused($this->t('You have no transition that brings this draft there. Ask for the permission to use it.'));
      }
      $revision->set('moderation_state', $state);
      $isToBeLive = $this->states->isLive($revision);
      if ($hasRest && !$isToBeLive) {
        throw new ReviewRefused($this->t('A part can only stay a draft where the other part is published. Publish it, or accept or refuse all of it.'));
      }
      return $isToBeLive;
    }
    if ($revision instanceof EntityPublishedInterface && !$revision->isPublished()) {
      if (!$draft->get((string) $draft->getEntityType()->getKey('published'))->access('edit', $this->currentUser)) {
        throw new ReviewRefused($this->t('You may not publish "@label".', ['@label' => $draft->label()]));
      }
      $revision->setPublished();
    }
    return TRUE;
  }

  /**
   * What was not accepted, as a pending draft on top of what was published.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $draft
   *   Its newest version.
   * @param \Drupal\Core\Entity\ContentEntityInterface $published
   *   What was published of it.
   * @param string[] $names
   *   Names of the fields whose changes wait.
   */
  public function rest(Change $change, ContentEntityInterface $draft, ContentEntityInterface $published, array $names): ContentEntityInterface {
    $storage = $this->versions->storage($change);
    $storage->resetCache([$change->getTargetId()]);
    $stored = $storage->loadRevision($published->getRevisionId());
    assert($stored instanceof ContentEntityInterface);
    $rest = $storage->createRevision($stored->getTranslation($draft->language()->getId()), FALSE);
    assert($rest instanceof ContentEntityInterface);
    foreach (array_filter($names, $draft->hasField(...)) as $name) {
      $rest->set($name, $draft->get($name)->getValue());
    }
    if ($this->states->isModerated($draft)) {
      $rest->set('moderation_state', $draft->get('moderation_state')->value);
    }
    return $rest;
  }

  /**
   * Saves a revision as somebody's, now.
   */
  public function save(ContentEntityInterface $revision, ?AccountInterface $author, string $log): void {
    $this->saves->save($revision, $author, $log);
  }

}
