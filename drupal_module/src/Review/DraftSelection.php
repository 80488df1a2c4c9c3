<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Several drafts that a person has chosen, and what can be done with each.
 *
 * @internal
 */
final class DraftSelection {

  use StringTranslationTrait;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DraftListAccess $access,
    private readonly PresentRevisions $present,
    private readonly ReviewStates $states,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Those of the chosen drafts that the person may decide about.
   *
   * @param list<int> $ids
   *   Ids of changes.
   * @param string $decision
   *   One of the constants of BulkDecision.
   *
   * @return list<\Drupal\background_agents\Review\ChosenDraft>
   *   The oldest first.
   */
  public function of(array $ids, string $decision): array {
    if ($ids === []) {
      return [];
    }
    $query = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])->condition('c.id', $ids, 'IN')->orderBy('c.created')->orderBy('c.id');
    $this->access->restrictToReview($query, 'c', $this->currentUser);
    $changes = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadMultiple($query->execute()->fetchCol());
    $changes = array_filter($changes, static fn (mixed $change): bool => $change instanceof Change);
    $present = $this->present->of($changes);
    return array_values(array_map(fn (Change $change): ChosenDraft => $this->chosen($change, $present[(int) $change->id()] ?? NULL, $decision), $changes));
  }

  private function chosen(Change $change, ?Seen $present, string $decision): ChosenDraft {
    $problem = $this->problem($change, $present);
    if ($problem !== NULL) {
      return new ChosenDraft($change, NULL, NULL, $problem);
    }
    if ($decision === BulkDecision::REFUSE) {
      return new ChosenDraft($change, $present, NULL, $this->t('Refuse'));
    }
    if ($change->getModerationState() === NULL) {
      return new ChosenDraft($change, $present, NULL, $this->t('Publish'));
    }
    $targets = $this->states->targets($change->getTargetEntityTypeId(), $change->getTargetBundle(), $change->getModerationState(), $this->currentUser);
    return $targets === []
      ? new ChosenDraft($change, NULL, NULL, $this->t('Nothing: you have no transition that brings it on.'))
      : new ChosenDraft($change, $present, (string) array_key_first($targets), reset($targets));
  }

  /**
   * Why a draft has to be looked at alone; NULL: it has not.
   */
  private function problem(Change $change, ?Seen $present): ?TranslatableMarkup {
    return match (TRUE) {
      !$change->isPending() => $this->t('Nothing: it was decided meanwhile.'),
      $present === NULL => $this->t('Nothing: the content is not there any more.'),
      $present->newest !== $change->getTargetRevisionId() => $this->t('Nothing: somebody has changed it since the agent left it. Open it, and decide there.'),
      default => NULL,
    };
  }

}
