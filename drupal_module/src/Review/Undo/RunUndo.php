<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunUndoneEvent;
use Drupal\background_agents\Review\DecisionListeners;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Undoes runs, as the current person and as far as they may.
 *
 * What the run brought and nobody changed since goes back as a draft of the
 * person; drafts of it that wait are refused; what it made is deleted or
 * unpublished. What others changed since stays.
 *
 * @internal
 */
final class RunUndo {

  use StringTranslationTrait;

  public function __construct(
    private readonly UndoPlanner $planner,
    private readonly ItemUndo $items,
    private readonly DecisionListeners $listeners,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Tells what would be done now.
   */
  public function plan(Run $run): UndoPlan {
    return $this->planner->plan($run);
  }

  /**
   * Undoes a run whole.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $note
   *   Why; empty when nobody said.
   *
   * @return list<\Drupal\background_agents\Review\Undo\UndoneItem>
   *   What was done with each item where something was to be done.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When the person may not undo the run at all.
   */
  public function undo(Run $run, string $note = ''): array {
    $this->refuseUnlessAllowed($run);
    $done = [];
    foreach (array_keys($this->plan($run)->open()) as $key) {
      $done[] = $this->items->undo($run, $key, NULL, $note);
    }
    $this->finish($run, array_merge(...array_map(static fn (UndoneItem $item): array => $item->changes, $done)));
    return $done;
  }

  /**
   * Undoes one item; call finish() after the last one.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $key
   *   Entity type, id and language, as the plan has it.
   * @param string $digest
   *   The digest of what was shown: nothing is done when it would be something
   *   else by now.
   * @param string $note
   *   Why.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When the person may not undo the run at all.
   */
  public function undoItem(Run $run, string $key, string $digest, string $note): UndoneItem {
    $this->refuseUnlessAllowed($run);
    return $this->items->undo($run, $key, $digest, $note);
  }

  /**
   * Tells others that a run was undone; of nothing, nobody is told.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param list<int> $undone
   *   Ids of the changes that were undone.
   */
  public function finish(Run $run, array $undone): void {
    if ($undone === []) {
      return;
    }
    $kept = array_filter($this->plan($run)->items, static fn (PlannedItem $item): bool => $item->isKept());
    $this->listeners->add(new RunUndoneEvent(
      $run,
      (int) $this->currentUser->id(),
      array_values($this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadMultiple($undone)),
      array_merge(...array_map(static fn (PlannedItem $item): array => $item->changes, array_values($kept))),
    ));
  }

  private function refuseUnlessAllowed(Run $run): void {
    if (!$run->access('undo', $this->currentUser)) {
      throw new ReviewRefused($run->isFinal()
        ? $this->t("You may not undo this run: that needs the permission to review agents' drafts, and to see the run.")
        : $this->t('The run has not ended. Cancel it first.'));
    }
  }

}
