<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\DraftState;
use Drupal\Component\Datetime\TimeInterface;
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
    private readonly TimeInterface $time,
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
   * @return array{\Drupal\Core\Entity\ContentEntityInterface, bool}
   *   The revision, and whether a part of the draft was left out.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When the person has no such transition, or the values are not valid.
   */
  public function accepted(Change $change, ContentEntityInterface $draft, array $former, Choice $choice, ?string $state): array {
    $revision = $this->versions->storage($change)->createRevision($draft);
    assert($revision instanceof ContentEntityInterface);
    $isPart = $this->values->apply($revision, $this->names($change), $former, $choice);
    if ($this->states->isModerated($draft)) {
      if ($state === NULL || !isset($this->transitions->of($draft, $this->currentUser)[$state])) {
        throw new ReviewRefused($this->t('You have no transition that brings this draft there. Ask for the permission to use it.'));
      }
      $revision->set('moderation_state', $state);
    }
    elseif ($revision instanceof EntityPublishedInterface && !$revision->isPublished()) {
      if (!$draft->get((string) $draft->getEntityType()->getKey('published'))->access('edit', $this->currentUser)) {
        throw new ReviewRefused($this->t('You may not publish "@label".', ['@label' => $draft->label()]));
      }
      $revision->setPublished();
    }
    $this->validate($revision);
    return [$revision, $isPart];
  }

  /**
   * What was not accepted, as a pending draft on top of what was published.
   */
  public function rest(Change $change, ContentEntityInterface $draft, ContentEntityInterface $published): ContentEntityInterface {
    $storage = $this->versions->storage($change);
    $storage->resetCache([$change->getTargetId()]);
    $stored = $storage->loadRevision($published->getRevisionId());
    assert($stored instanceof ContentEntityInterface);
    $rest = $storage->createRevision($stored->getTranslation($draft->language()->getId()), FALSE);
    assert($rest instanceof ContentEntityInterface);
    foreach ($this->names($change) as $name) {
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
    $revision->setRevisionUserId((int) $author?->id());
    $revision->setRevisionCreationTime($this->time->getRequestTime());
    $revision->setRevisionLogMessage($log);
    $revision->save();
  }

  /**
   * Deletes the revision of a refused draft, under access to update the item.
   */
  public function delete(Change $change, ContentEntityInterface $draft): void {
    $this->versions->storage($change)->deleteRevision($draft->getRevisionId());
  }

  private function validate(ContentEntityInterface $revision): void {
    $violations = $revision->validate();
    if ($violations->count() === 0) {
      return;
    }
    $problems = [];
    foreach ($violations as $violation) {
      $problems[] = strip_tags((string) $violation->getMessage());
    }
    throw new ReviewRefused($this->t('It was not saved: @problems Edit the draft, and correct it there.', ['@problems' => implode(' ', array_unique($problems))]));
  }

}
