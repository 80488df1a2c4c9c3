<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * An agent's save that has begun and is not over: hooks run in it.
 *
 * @internal
 */
final class SaveUnderway {

  /**
   * The revision that the save has made, once somebody asked.
   */
  private ?int $revision = NULL;

  /**
   * Constructs a SaveUnderway object.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation that is being saved.
   * @param \Drupal\background_agents\Guard\SavePlan|null $plan
   *   What the draft writer means with it; NULL: code of the site saves.
   * @param int|null $base
   *   The revision that it is made from; NULL for a creation.
   * @param string|null $state
   *   The moderation state that it ends in; NULL without moderation.
   * @param int $depth
   *   How many transactions are open in the save.
   */
  public function __construct(
    public readonly ContentEntityInterface $entity,
    public readonly ?SavePlan $plan,
    public readonly ?int $base,
    public readonly ?string $state,
    public readonly int $depth,
  ) {}

  /**
   * The revision that the save has made. Ask when it is stored.
   *
   * Hooks may put the id of the base back into the object: then its storage is
   * asked.
   *
   * @param callable(): int $newest
   *   The newest revision of the item in storage.
   */
  public function revision(callable $newest): int {
    if ($this->revision === NULL) {
      $id = (int) $this->entity->getRevisionId();
      $this->revision = $id > (int) $this->base ? $id : $newest();
    }
    return $this->revision;
  }

  public function isCreation(): bool {
    return $this->base === NULL;
  }

  /**
   * Whether an object is the same translation of the same item.
   */
  public function isOf(ContentEntityInterface $entity): bool {
    return $entity->getEntityTypeId() === $this->entity->getEntityTypeId()
      && $entity->uuid() === $this->entity->uuid()
      && $entity->language()->getId() === $this->entity->language()->getId();
  }

}
