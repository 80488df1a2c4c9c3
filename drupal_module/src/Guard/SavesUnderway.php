<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The agent's saves that have begun and are not over, the outermost first.
 *
 * Each save runs in a transaction of its own, so what is nested in it is
 * deeper. A save that failed never tells its end: it is known by not being
 * less deep than what happens now.
 *
 * @internal
 */
final class SavesUnderway {

  /**
   * The saves that have begun, the innermost last.
   *
   * @var \Drupal\background_agents\Guard\SaveUnderway[]
   */
  private array $saves = [];

  /**
   * What the draft writer is about to save, with its plan.
   *
   * @var array<int, array{\Drupal\Core\Entity\ContentEntityInterface, \Drupal\background_agents\Guard\SavePlan}>
   */
  private array $named = [];

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Names an item while it is saved: its children are stored before it.
   */
  public function naming(ContentEntityInterface $entity, SavePlan $plan, callable $save): void {
    $this->named[] = [$entity, $plan];
    try {
      $save();
    }
    finally {
      array_pop($this->named);
    }
  }

  /**
   * What the draft writer means with a save; NULL: it is not the writer's.
   */
  public function planOf(EntityInterface $entity): ?SavePlan {
    foreach ($this->named as [$named, $plan]) {
      if ($named->getEntityTypeId() === $entity->getEntityTypeId() && $named->uuid() === $entity->uuid()) {
        return $plan;
      }
    }
    return NULL;
  }

  public function begin(ContentEntityInterface $entity, ?string $state): void {
    $base = $entity->isNew() ? NULL : (int) $entity->getLoadedRevisionId();
    $this->saves = [
      ...$this->live($entity),
      new SaveUnderway($entity, $this->planOf($entity), $base, $state, $this->depth()),
    ];
  }

  /**
   * The save of this very object that ends now; NULL when it never began.
   */
  public function own(EntityInterface $entity): ?SaveUnderway {
    $live = $this->live($entity);
    $last = end($live);
    return $last !== FALSE && $last->entity === $entity && $last->depth === $this->depth() ? $last : NULL;
  }

  public function end(SaveUnderway $save): void {
    $this->saves = array_values(array_filter($this->saves, static fn (SaveUnderway $one): bool => $one !== $save));
  }

  /**
   * The save that a save of the same item's new revision is nested in.
   */
  public function around(ContentEntityInterface $entity): ?SaveUnderway {
    foreach ($this->outer() as $save) {
      if ($save->isOf($entity) && $this->isHeldBy($save, $entity) && $this->isStored($save)) {
        return $save;
      }
    }
    return NULL;
  }

  /**
   * The saves that what happens now is nested in.
   *
   * @return \Drupal\background_agents\Guard\SaveUnderway[]
   */
  public function outer(): array {
    return $this->live(NULL);
  }

  /**
   * Items that are being saved, or are about to be by the draft writer.
   *
   * @return \Drupal\Core\Entity\ContentEntityInterface[]
   */
  public function hosts(): array {
    return [
      ...array_column($this->named, 0),
      ...array_map(static fn (SaveUnderway $save): ContentEntityInterface => $save->entity, $this->outer()),
    ];
  }

  /**
   * How many items are being saved, or are about to be by the draft writer.
   */
  public function count(): int {
    return count(array_unique(array_map(spl_object_id(...), $this->hosts())));
  }

  /**
   * The revision that a save has made; 0 without revisions.
   */
  public function revisionOf(SaveUnderway $save): int {
    return $save->revision(fn (): int => $this->newestRevision($save->entity));
  }

  /**
   * Forgets saves whose transaction is over, and returns the others.
   *
   * @return \Drupal\background_agents\Guard\SaveUnderway[]
   */
  private function live(?EntityInterface $self): array {
    $depth = $this->depth();
    return array_values(array_filter($this->saves, static fn (SaveUnderway $save): bool => $save->depth < $depth || ($save->depth === $depth && $save->entity === $self)));
  }

  /**
   * Whether an object holds the revision that a save has made.
   */
  private function isHeldBy(SaveUnderway $save, ContentEntityInterface $entity): bool {
    return $entity === $save->entity
      || in_array($this->revisionOf($save), [(int) $entity->getLoadedRevisionId(), (int) $entity->getRevisionId()], TRUE);
  }

  /**
   * A save that failed has left its object, but no revision.
   */
  private function isStored(SaveUnderway $save): bool {
    $type = $save->entity->getEntityType();
    return !$type->isRevisionable() || $this->entityTypeManager->getStorage($type->id())->getQuery()
      ->allRevisions()
      ->accessCheck(FALSE)
      ->condition((string) $type->getKey('revision'), $this->revisionOf($save))
      ->execute() !== [];
  }

  private function newestRevision(ContentEntityInterface $entity): int {
    $type = $entity->getEntityType();
    if (!$type->isRevisionable()) {
      return 0;
    }
    $found = $this->entityTypeManager->getStorage($type->id())->getQuery()
      ->allRevisions()
      ->accessCheck(FALSE)
      ->condition((string) $type->getKey('id'), $entity->id())
      ->sort((string) $type->getKey('revision'), 'DESC')
      ->range(0, 1)
      ->execute();
    return (int) array_key_first($found);
  }

  private function depth(): int {
    return $this->database->transactionManager()->stackDepth();
  }

}
