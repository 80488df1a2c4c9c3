<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\ReviewAudit;
use Drupal\background_agents\Review\ReviewedRevision;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Saves, deletes and refuses what was planned for one item.
 *
 * @internal
 */
final class UndoWork {

  use StringTranslationTrait;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly Reviewer $reviewer,
    private readonly ReviewedRevision $revisions,
    private readonly ReviewAudit $audit,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Carries it out. Call it in the transaction that holds the item.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup
   *   What was done.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When a draft of the run cannot be refused.
   */
  public function carryOut(PlannedItem $item, string $note): TranslatableMarkup {
    $change = $item->last();
    foreach ($item->pending as $pending) {
      $seen = $this->versions->seen($pending) ?? throw new ReviewRefused($this->t('The content of this draft is not there any more.'));
      $this->reviewer->refuse($pending, $seen, (string) $this->t('The run was undone.'));
    }
    if ($item->revision !== NULL) {
      $this->revisions->save($item->revision, $this->currentUser, (string) $this->t('Undone: what the run @run of @agent brought.', [
        '@run' => $change->getRun()?->uuid() ?? '',
        '@agent' => $change->getAgentId(),
      ]));
    }
    if ($item->deed === Deed::Delete) {
      $item->newest?->getUntranslated()->delete();
    }
    $this->audit->record($change, 'undo', $note, ['deed' => $item->deed->value, 'label' => $change->getTargetLabel()]);
    return $this->said($item, $item->newest);
  }

  private function said(PlannedItem $item, ?ContentEntityInterface $newest): TranslatableMarkup {
    $label = ['@label' => $newest?->label() ?? $item->last()->getTargetLabel()];
    return match (TRUE) {
      $item->deed === Deed::Delete => $this->t('"@label" was deleted.', $label),
      $item->deed === Deed::Unpublish => $this->t('"@label" was unpublished.', $label),
      $item->deed === Deed::Leave => $this->t('The draft of "@label" was refused.', $label),
      $item->isHidden => $this->t('"@label": the former values wait as a version that visitors do not see, on its page of revisions.', $label),
      default => $this->t('"@label": the former values wait in a draft of yours.', $label),
    };
  }

}
