<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Guard\RevisionLogText;
use Drupal\background_agents\Guard\SaveGuard;
use Drupal\background_agents\Guard\SavePlan;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Saves a draft on top of the revision that the agent read, and no other.
 *
 * @internal
 */
final class DraftSave {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LatestRevision $latest,
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
    $this->concurrent->refuse($draft);
  }

  /**
   * Locks the item's row; nothing may have come between reading and now.
   *
   * No plain SELECT comes before this in the transaction: in MySQL it would
   * fix a view of the data from before the lock.
   */
  private function lockAndCompare(Draft $draft): void {
    if ($draft->isCreation()) {
      return;
    }
    $entity = $draft->entity;
    $type = $entity->getEntityType();
    $this->database->select($type->getBaseTable(), 'b')
      ->fields('b', [$type->getKey('id')])
      ->condition($type->getKey('id'), $entity->id())
      ->forUpdate()
      ->execute()
      ->fetchField();
    $this->entityTypeManager->getStorage($type->id())->resetCache([$entity->id()]);
    $newest = $this->latest->idOf($type->id(), $entity->id(), $entity->language()->getId());
    if ($newest !== $draft->base || $this->latest->defaultIdOf($type->id(), $entity->id()) !== $draft->default) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', $newest);
    }
  }

  private function guarded(Draft $draft, DraftRequest $request, Run $run): void {
    $this->guard->save($draft->entity, new SavePlan(
      log: RevisionLogText::ofAgent($run, $request->summary),
      publishAs: $draft->publishAs,
    ));
  }

}
