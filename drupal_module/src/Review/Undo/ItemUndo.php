<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Draft\ItemLock;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\DecisionTransaction;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Undoes what a run did to one language of one item, as the current person.
 *
 * All of it or nothing, in one transaction that holds the item's row. What is
 * to be done is judged anew in it, so a second time finds nothing to do.
 *
 * @internal
 */
final class ItemUndo {

  use StringTranslationTrait;

  public function __construct(
    private readonly UndoPlanner $planner,
    private readonly UndoWork $work,
    private readonly DecisionTransaction $transaction,
    private readonly ItemLock $lock,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Undoes it.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $key
   *   Entity type, id and language.
   * @param string|null $digest
   *   Of what the person was shown; NULL: they take it as it is.
   * @param string $note
   *   Why, as they said.
   */
  public function undo(Run $run, string $key, ?string $digest, string $note): UndoneItem {
    try {
      return $this->transaction->run(function () use ($run, $key, $digest, $note): UndoneItem {
        $this->lock($key);
        $item = $this->planner->planOf($run, $key);
        if ($item === NULL || !$item->isOpen()) {
          return new UndoneItem($key, FALSE, $this->nothing($item));
        }
        if ($digest !== NULL && $item->digest() !== $digest) {
          return new UndoneItem($key, FALSE, $this->t('"@label" has changed since you opened the page, so nothing was done with it. Look at it again.', ['@label' => $item->last()->getTargetLabel()]));
        }
        return new UndoneItem($key, TRUE, $this->work->carryOut($item, $note), array_map(static fn (Change $change): int => (int) $change->id(), $item->changes));
      });
    }
    catch (ReviewRefused $refused) {
      return new UndoneItem($key, FALSE, $refused->sentence);
    }
  }

  private function nothing(?PlannedItem $item): TranslatableMarkup {
    return $item === NULL
      ? $this->t('Nothing of the run is there any more.')
      : $this->t('"@label": there was nothing left to undo. @why', [
        '@label' => $item->last()->getTargetLabel(),
        '@why' => $item->why,
      ]);
  }

  /**
   * Holds the item's row, before anything is read in the transaction.
   */
  private function lock(string $key): void {
    [$type, $id, $langcode] = explode(':', $key) + ['', '', ''];
    if ($this->entityTypeManager->hasDefinition($type) && $this->entityTypeManager->getDefinition($type)->getBaseTable() !== NULL) {
      $this->lock->take($type, $id, $langcode);
    }
  }

}
