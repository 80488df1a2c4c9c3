<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Takes a refused draft away, and nothing else.
 *
 * With a draft go the drafts of agents that it was made from: else they would
 * be the newest version again. What people have saved on top of it stays.
 *
 * @internal
 */
final class RefusedDraft {

  /**
   * Drafts that a draft may be made from, one from the other.
   */
  private const int CHAIN = 20;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly ChangeLog $changes,
    private readonly Fingerprint $fingerprint,
    private readonly DecisionSave $saves,
  ) {}

  /**
   * Takes the draft away, under access to update the item.
   *
   * A creation that was never published stays: core keeps default revisions.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $newest
   *   The newest revision of its language.
   * @param \Drupal\Core\Session\AccountInterface $person
   *   Who refuses.
   */
  public function remove(Change $change, ContentEntityInterface $newest, AccountInterface $person): void {
    $chain = $this->chain($change, $newest);
    $base = $this->versions->revision($change, (int) end($chain)->getBaseRevisionId());
    $isUntouched = (int) $newest->getRevisionId() === $change->getTargetRevisionId();
    if ($base === NULL || ($isUntouched && !$newest->isDefaultRevision())) {
      $this->delete($change, array_map(static fn (Change $draft): int => $draft->getTargetRevisionId(), $chain));
      return;
    }
    $revision = $this->putBack($change, $newest, $base, $chain);
    if (!$newest->isDefaultRevision() && $this->fingerprint->of($revision) === $this->fingerprint->of($base)) {
      $this->delete($change, $this->since($change, (int) $base->getRevisionId()));
      return;
    }
    $this->saves->save($revision, $person, ReviewLogText::putBack($change));
  }

  /**
   * A draft, and those that it was made from and that nobody decided about.
   *
   * @return non-empty-list<\Drupal\background_agents\Entity\Change>
   *   The newest first.
   */
  private function chain(Change $change, ContentEntityInterface $newest): array {
    $drafts = [];
    foreach ($this->changes->last($newest, (string) $change->getTargetLangcode(), self::CHAIN) as $draft) {
      $drafts[$draft->getTargetRevisionId()] = $draft;
    }
    $chain = [$change];
    $older = $drafts[(int) $change->getBaseRevisionId()] ?? NULL;
    while ($older !== NULL && in_array($older->getStatus(), [Change::SUPERSEDED, Change::DISCARDED], TRUE)) {
      $chain[] = $older;
      $older = $drafts[(int) $older->getBaseRevisionId()] ?? NULL;
    }
    return $chain;
  }

  /**
   * The newest version, with the agents' fields as they were before.
   *
   * Only those that nobody has changed since.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $newest
   *   The newest version.
   * @param \Drupal\Core\Entity\ContentEntityInterface $base
   *   What was there before.
   * @param \Drupal\background_agents\Entity\Change[] $chain
   *   The drafts that are refused.
   */
  private function putBack(Change $change, ContentEntityInterface $newest, ContentEntityInterface $base, array $chain): ContentEntityInterface {
    $revision = $this->versions->storage($change)->createRevision($newest, $newest->isDefaultRevision());
    assert($revision instanceof ContentEntityInterface);
    $left = $change->getPrints()['fields'] ?? [];
    $now = $this->fingerprint->of($newest);
    foreach ($chain as $draft) {
      foreach (array_keys($draft->getOwnValues()['after'] ?? []) as $name) {
        if ($revision->hasField($name) && ($now[$name] ?? NULL) === ($left[$name] ?? NULL)) {
          $revision->set($name, $base->get($name)->getValue());
        }
      }
    }
    if ($revision->hasField('moderation_state')) {
      $revision->set('moderation_state', $newest->get('moderation_state')->value);
    }
    return $revision;
  }

  /**
   * Revisions of the language that were saved after another one.
   *
   * @return int[]
   */
  private function since(Change $change, int $base): array {
    $type = $this->versions->storage($change)->getEntityType();
    return array_keys($this->versions->storage($change)->getQuery()
      ->allRevisions()
      ->accessCheck(FALSE)
      ->condition((string) $type->getKey('id'), $change->getTargetId())
      ->condition((string) $type->getKey('revision'), $base, '>')
      ->condition((string) $type->getKey('revision_translation_affected'), 1, '=', $change->getTargetLangcode())
      ->execute());
  }

  /**
   * Deletes revisions that visitors do not and did not see.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param int[] $revisions
   *   Their ids.
   */
  private function delete(Change $change, array $revisions): void {
    $storage = $this->versions->storage($change);
    foreach ($revisions as $id) {
      $revision = $storage->loadRevision($id);
      if ($revision instanceof ContentEntityInterface && !$revision->isDefaultRevision() && !$revision->wasDefaultRevision()) {
        $storage->deleteRevision($id);
      }
    }
  }

}
