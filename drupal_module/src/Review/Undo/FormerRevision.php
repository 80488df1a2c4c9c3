<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Review\ClosedFields;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Builds the versions that undoing a run saves.
 *
 * @internal
 */
final class FormerRevision {

  use StringTranslationTrait;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly UndoStates $states,
    private readonly ClosedFields $closed,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Adds the draft in which the former values come back.
   *
   * It goes on from the newest version, so that a draft of somebody else is
   * not buried. Without a workflow it is a version that is not the default
   * one: visitors do not see it.
   */
  public function restoring(PlannedItem $item, ContentEntityInterface $newest): PlannedItem {
    $revision = $this->versions->storage($item->last())->createRevision($newest, FALSE);
    assert($revision instanceof ContentEntityInterface);
    $isModerated = $this->states->isModerated($revision);
    $state = $isModerated ? $this->states->draft($newest) : NULL;
    if ($isModerated && $state === NULL) {
      return $this->left($item, $item->fields, (string) $this->t('You have no transition that leaves a draft of it.'));
    }
    if ($state !== NULL) {
      $revision->set('moderation_state', $state);
    }
    foreach ($item->with(Verdict::Back) as $field) {
      $revision->set($field->name, $field->former);
    }
    $fields = $this->validated($item, $revision, $newest);
    $isAny = array_filter($fields, static fn (PlannedField $field): bool => $field->verdict === Verdict::Back) !== [];
    return $isAny
      ? new PlannedItem($item->key, $item->changes, Deed::Restore, '', $fields, $item->pending, $item->newest, $revision, !$isModerated)
      : $this->left($item, $fields, '');
  }

  /**
   * Adds the version that takes an item off the site.
   *
   * @return \Drupal\background_agents\Review\Undo\PlannedItem|null
   *   NULL: the person may not unpublish it.
   */
  public function unpublishing(PlannedItem $item, ContentEntityInterface $newest): ?PlannedItem {
    $revision = $this->versions->storage($item->last())->createRevision($newest);
    assert($revision instanceof ContentEntityInterface);
    if ($this->states->isModerated($newest)) {
      $state = $this->states->unpublished($newest);
      if ($state === NULL) {
        return NULL;
      }
      $revision->set('moderation_state', $state);
    }
    elseif ($revision instanceof EntityPublishedInterface && $revision->get((string) $revision->getEntityType()->getKey('published'))->access('edit')) {
      $revision->setUnpublished();
    }
    else {
      return NULL;
    }
    return new PlannedItem($item->key, $item->changes, Deed::Unpublish, '', [], $item->pending, $item->newest, $revision);
  }

  /**
   * The fields, without those that the person may not put back as they were.
   *
   * @return list<\Drupal\background_agents\Review\Undo\PlannedField>
   *   The fields.
   */
  private function validated(PlannedItem $item, ContentEntityInterface $revision, ContentEntityInterface $newest): array {
    $violations = $revision->validate();
    $names = array_map(static fn (PlannedField $field): string => $field->name, $item->with(Verdict::Back));
    $closed = array_merge(
      $this->closed->among($newest, $names, $this->currentUser),
      $this->closed->among($revision, $names, $this->currentUser),
    );
    $fields = [];
    foreach ($item->fields as $field) {
      $found = $field->verdict === Verdict::Back ? $violations->getByField($field->name) : [];
      $messages = [];
      foreach ($found as $violation) {
        $messages[] = PlainTextOutput::renderFromHtml($violation->getMessage());
      }
      if ($field->verdict === Verdict::Back && in_array($field->name, $closed, TRUE)) {
        $revision->set($field->name, $newest->get($field->name)->getValue());
        $field = $field->judged(Verdict::Denied, $this->t('You may not edit this field, or not in its text format.'));
      }
      elseif ($messages !== []) {
        $revision->set($field->name, $newest->get($field->name)->getValue());
        $field = $field->judged(Verdict::Invalid, $this->t('What stood there is not allowed any more: @problems', ['@problems' => implode(' ', array_unique($messages))]));
      }
      $fields[] = $field;
    }
    return $fields;
  }

  private function left(PlannedItem $item, array $fields, string $why): PlannedItem {
    return new PlannedItem($item->key, $item->changes, Deed::Leave, $why, $fields, $item->pending, $item->newest);
  }

}
