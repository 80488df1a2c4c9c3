<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;

/**
 * Entities that may be saved along with an agent's draft.
 *
 * Alterable with hook_background_agents_side_effects_alter(array &$types): a
 * list of entity type ids. Whoever adds a type answers for what its saves do.
 */
final class SideEffects {

  /**
   * Content moderation's own record, and this module's.
   */
  private const array TYPES = ['content_moderation_state', 'background_agents_run', 'background_agents_change'];

  /**
   * @var string[]|null
   */
  private ?array $types = NULL;

  /**
   * Items that an agent creates at this moment.
   *
   * @var \WeakMap<\Drupal\Core\Entity\EntityInterface, true>
   */
  private \WeakMap $creating;

  public function __construct(
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {
    $this->creating = new \WeakMap();
  }

  /**
   * Tells that a new item is about to be stored.
   */
  public function begin(EntityInterface $entity): void {
    $this->creating[$entity] = TRUE;
  }

  /**
   * Tells that the item is stored.
   */
  public function end(EntityInterface $entity): void {
    unset($this->creating[$entity]);
  }

  public function isTolerated(EntityInterface $entity): bool {
    return in_array($entity->getEntityTypeId(), $this->types(), TRUE)
      || ($entity->getEntityTypeId() === 'path_alias' && $this->isAliasOfDraft($entity));
  }

  /**
   * @return string[]
   */
  private function types(): array {
    if ($this->types === NULL) {
      $types = self::TYPES;
      $this->moduleHandler->alter('background_agents_side_effects', $types);
      $this->types = $types;
    }
    return $this->types;
  }

  /**
   * An alias that a site makes by itself for the page that is being created.
   *
   * Sites with Pathauto could have no new drafts else. The alias must be new,
   * take no other page's, and the page unpublished.
   */
  private function isAliasOfDraft(EntityInterface $alias): bool {
    if (!$alias->isNew() || !$this->isOfCreated((string) $alias->get('path')->value)) {
      return FALSE;
    }
    return $this->entityTypeManager->getStorage('path_alias')->getQuery()
      ->accessCheck(FALSE)
      ->condition('alias', $alias->get('alias')->value)
      ->range(0, 1)
      ->execute() === [];
  }

  /**
   * Whether an internal path is that of an unpublished item being created.
   */
  private function isOfCreated(string $path): bool {
    foreach ($this->creating as $entity => $_) {
      if ($entity->id() !== NULL && $entity->hasLinkTemplate('canonical') && '/' . $entity->toUrl('canonical')->getInternalPath() === $path) {
        return $entity instanceof EntityPublishedInterface && !$entity->isPublished();
      }
    }
    return FALSE;
  }

}
