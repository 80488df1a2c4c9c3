<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

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
  ) {}

  /**
   * Saves the draft. Call it in the transaction that records it.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When somebody saved the item since it was read, or the guard refuses.
   */
  public function save(Draft $draft, DraftRequest $request, Run $run): void {
    $this->lockAndCompare($draft);
    $this->gate->askAgain($draft, $run);
    $this->guarded($draft, $request, $run);
    $this->concurrent->refuse($draft->entity, $draft->base);
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

  private function guarded(Draft $draft, DraftRequest $request, Run $run): void {
    $this->guard->save($draft->entity, new SavePlan(
      log: RevisionLogText::ofAgent($run, $request->summary),
      publishAs: $draft->publishAs,
    ));
  }

}
