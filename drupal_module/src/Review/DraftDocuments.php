<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\DraftState;
use Drupal\background_agents\Review\Diff\ComparedField;
use Drupal\background_agents\Review\Diff\ComparedFields;
use Drupal\background_agents\Review\Diff\PlainDiff;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Shows drafts to programs: what the page of a draft shows to people.
 *
 * Who may see the draft sees the fields that the agent set. What else differs,
 * because somebody edited the item, is for those who may see the item.
 *
 * @internal
 */
final class DraftDocuments {

  public function __construct(
    private readonly RunDocument $runs,
    private readonly DraftVersions $versions,
    private readonly ProposedVersions $proposed,
    private readonly ReviewedRevision $revisions,
    private readonly DraftState $states,
    private readonly ComparedFields $fields,
    private readonly PlainDiff $diff,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The `draft` document of the contract of drafts.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   A draft that the current user may see.
   *
   * @return array<string, mixed>
   *   The change, and what differs in each field.
   */
  public function of(Change $change): array {
    $isTest = $change->isDryRun();
    $shown = $isTest ? $this->proposed->after($change) : $this->versions->shown($change);
    $former = $isTest ? $this->proposed->before($change) : $this->versions->former($change);
    return [
      'base_revision' => $change->getBaseRevisionId(),
      'state' => !$isTest && $shown !== NULL && $this->states->isModerated($shown) ? $shown->get('moderation_state')->value : NULL,
      'seen' => $isTest ? NULL : $this->seen($change),
      'url' => $change->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl(),
      'fields' => $shown === NULL ? [] : $this->fieldsOf($change, $former, $shown),
    ] + $this->runs->change($change);
  }

  /**
   * What is newest and published now: a decision names what it is about.
   */
  private function seen(Change $change): ?string {
    $seen = $this->versions->seen($change);
    return $seen === NULL ? NULL : (string) $seen;
  }

  private function fieldsOf(Change $change, ?ContentEntityInterface $former, ContentEntityInterface $shown): array {
    $own = $this->revisions->names($change);
    $mayAll = $this->maySeeAll($change, $shown);
    $told = array_filter($this->fields->of($former, $shown), static fn (ComparedField $field): bool => $field->isChanged && ($mayAll || in_array($field->name, $own, TRUE)));
    return array_map(fn (ComparedField $field): array => $this->diff->of($field) + ['by_agent' => in_array($field->name, $own, TRUE)], array_values($told));
  }

  /**
   * Whether the current user may see the item as it is shown.
   */
  private function maySeeAll(Change $change, ContentEntityInterface $shown): bool {
    return $change->isDryRun()
      ? $this->proposed->wholeAccess($change, $this->currentUser)->isAllowed()
      : $change->access('review', $this->currentUser) || $shown->access('view', $this->currentUser);
  }

}
