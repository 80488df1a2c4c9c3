<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Decides about an item that the run has made.
 *
 * As long as it is what the run left, it goes as far as the person may: it is
 * deleted, else unpublished, else its draft is refused. What somebody worked
 * on since is theirs, too, and stays.
 *
 * @internal
 */
final class MadeItem {

  use StringTranslationTrait;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly Fingerprint $fingerprint,
    private readonly FormerRevision $revisions,
    private readonly LaterEditor $editors,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Plans what becomes of it.
   */
  public function plan(PlannedItem $item): PlannedItem {
    $newest = $item->newest;
    assert($newest instanceof ContentEntityInterface);
    $live = $this->versions->live($item->last()) ?? $newest;
    if (!$this->isAsLeft($item, $newest) || !$this->isAsLeft($item, $live)) {
      return $this->left($item, (string) $this->editors->changed($newest), FALSE);
    }
    if (count($newest->getTranslationLanguages()) > 1) {
      return $this->left($item, (string) $this->t('It has translations, which would go with it.'), FALSE);
    }
    if ($newest->access('delete', $this->currentUser)) {
      return new PlannedItem($item->key, $item->changes, Deed::Delete, '', [], [], $newest);
    }
    if (!$live instanceof EntityPublishedInterface || !$live->isPublished()) {
      return $this->left($item, (string) $this->t('You may not delete it. It is not published.'), TRUE);
    }
    return $this->revisions->unpublishing($item, $newest) ?? $this->left($item, (string) $this->t('You may neither delete nor unpublish it.'), FALSE);
  }

  /**
   * Whether each field is as the last draft of the run left it.
   */
  private function isAsLeft(PlannedItem $item, ContentEntityInterface $version): bool {
    $prints = $item->last()->getPrints()['fields'] ?? NULL;
    $now = $this->fingerprint->of($version);
    return $prints !== NULL && Fingerprint::whole($now) === Fingerprint::whole($prints);
  }

  private function left(PlannedItem $item, string $why, bool $isRefused): PlannedItem {
    return new PlannedItem($item->key, $item->changes, Deed::Leave, $why, [], $isRefused ? $item->pending : [], $item->newest);
  }

}
