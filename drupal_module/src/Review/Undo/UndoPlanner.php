<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Tells what undoing a run would do now, for the current person.
 *
 * @internal
 */
final class UndoPlanner {

  use StringTranslationTrait;

  public function __construct(
    private readonly RunItems $items,
    private readonly DraftVersions $versions,
    private readonly FormerFields $fields,
    private readonly MadeItem $made,
    private readonly FormerRevision $revisions,
    private readonly LaterEditor $editors,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Plans all items of a run.
   */
  public function plan(Run $run): UndoPlan {
    $items = [];
    foreach ($this->items->of($run) as $key => $changes) {
      $items[$key] = $this->item($key, $changes);
    }
    return new UndoPlan($items);
  }

  /**
   * Plans one item of a run; NULL: nothing of the run is there.
   */
  public function planOf(Run $run, string $key): ?PlannedItem {
    $changes = $this->items->of($run)[$key] ?? [];
    return $changes === [] ? NULL : $this->item($key, $changes);
  }

  /**
   * Plans one language of one item.
   *
   * @param string $key
   *   Entity type, id and language.
   * @param non-empty-list<\Drupal\background_agents\Entity\Change> $changes
   *   What the run did there, the oldest first.
   */
  private function item(string $key, array $changes): PlannedItem {
    $last = end($changes);
    $newest = $this->versions->newest($last);
    if ($newest === NULL) {
      return new PlannedItem($key, $changes, Deed::Leave, (string) $this->t('It is not there any more.'));
    }
    if (!$last->access('review', $this->currentUser)) {
      return new PlannedItem($key, $changes, Deed::Leave, (string) $this->t('You may not edit it.'));
    }
    $pending = array_values(array_filter($changes, static fn (Change $change): bool => $change->isPending()));
    $isCreation = array_filter($changes, static fn (Change $change): bool => $change->getOperation() === 'create') !== [];
    $item = new PlannedItem($key, $changes, Deed::Leave, '', [], $pending, $newest);
    return $isCreation ? $this->made->plan($item) : $this->revised($item, $newest);
  }

  /**
   * Plans an item that was there before.
   */
  private function revised(PlannedItem $item, ContentEntityInterface $newest): PlannedItem {
    $draft = $item->pending[0] ?? NULL;
    if ($draft !== NULL && (int) $newest->getRevisionId() !== $draft->getTargetRevisionId()) {
      return new PlannedItem($item->key, $item->changes, Deed::Leave, (string) $this->editors->wentOn($newest), [], [], $newest);
    }
    // What lies beneath a draft that is refused is the newest then.
    $beneath = ($draft === NULL ? $newest : $this->versions->base($draft)) ?? $newest;
    $live = $this->versions->live($item->last()) ?? $beneath;
    if ($draft !== NULL && ((int) $beneath->getRevisionId() < (int) $live->getRevisionId() || $this->isOwnDraft($item, $beneath))) {
      $beneath = $live;
    }
    $fields = $this->fields->of($this->items->joined($item->changes, $live), $live, $beneath);
    $planned = new PlannedItem($item->key, $item->changes, Deed::Leave, '', $fields, $item->pending, $newest);
    return $planned->with(Verdict::Back) === [] ? $planned : $this->revisions->restoring($planned, $beneath);
  }

  /**
   * Whether a version is an older draft of the run, which is refused, too.
   */
  private function isOwnDraft(PlannedItem $item, ContentEntityInterface $version): bool {
    $drafts = array_map(static fn (Change $change): int => $change->getTargetRevisionId(), $item->changes);
    return in_array((int) $version->getRevisionId(), $drafts, TRUE) && !$version->isDefaultRevision();
  }

}
