<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\RevisionLogText;
use Drupal\background_agents\Guard\SaveGuard;
use Drupal\background_agents\Guard\SavePlan;

/**
 * Saves a draft on top of the revision that the agent read, and no other.
 *
 * @internal
 */
final class DraftSave {

  public function __construct(
    private readonly ItemLock $lock,
    private readonly SaveGate $gate,
    private readonly SaveGuard $guard,
    private readonly ConcurrentRevision $concurrent,
    private readonly ChangeLog $changes,
    private readonly DryRunDrafts $dryRuns,
  ) {}

  /**
   * Saves the draft, and records it. Call it in a transaction.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When somebody saved the item since it was read, or the guard refuses.
   */
  public function save(Draft $draft, DraftRequest $request, Run $run): Change {
    $this->lockAndCompare($draft);
    $this->gate->askAgain($draft, $run);
    $this->guard->save($draft->entity, self::plan($draft, $request, $run));
    $this->concurrent->refuse($draft->entity, $draft->base);
    return $this->changes->record($run, $draft, $request->key, $request->summary);
  }

  /**
   * Refuses what save() would; else records what it would have saved.
   *
   * That is a test run. Saves of other modules, which come with a real one, do
   * not happen.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   As save().
   */
  public function rehearse(Draft $draft, DraftRequest $request, Run $run): Change {
    $this->lockAndCompare($draft);
    $this->gate->askAgain($draft, $run);
    $this->guard->rehearse($draft->entity, self::plan($draft, $request, $run));
    return $this->dryRuns->record($run, $draft, $request->key, $request->summary);
  }

  /**
   * Nothing may have come between reading and now.
   */
  private function lockAndCompare(Draft $draft): void {
    if ($draft->isCreation()) {
      return;
    }
    $entity = $draft->entity;
    $now = $this->lock->take($entity->getEntityTypeId(), $entity->id(), $entity->language()->getId());
    if ($now?->newest !== $draft->base || $now?->default !== $draft->default) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', $now?->newest);
    }
  }

  private static function plan(Draft $draft, DraftRequest $request, Run $run): SavePlan {
    return new SavePlan(
      log: RevisionLogText::ofAgent($run, $request->summary),
      publishAs: $draft->publishAs,
    );
  }

}
