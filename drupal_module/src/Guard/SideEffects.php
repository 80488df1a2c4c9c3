<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Url;

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

  public function __construct(
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

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
   * An alias that a site makes by itself for a new, unpublished page.
   *
   * Sites with Pathauto could have no new drafts else. The alias must be new,
   * and take no other page's.
   */
  private function isAliasOfDraft(EntityInterface $alias): bool {
    if (!$alias->isNew()) {
      return FALSE;
    }
    $taken = $this->entityTypeManager->getStorage('path_alias')->getQuery()
      ->accessCheck(FALSE)
      ->condition('alias', $alias->get('alias')->value)
      ->range(0, 1)
      ->execute();
    $target = $taken === [] ? $this->target((string) $alias->get('path')->value) : NULL;
    return $target instanceof EntityPublishedInterface && !$target->isPublished();
  }

  /**
   * The stored default revision of the entity that an internal path shows.
   */
  private function target(string $path): ?EntityInterface {
    try {
      $url = Url::fromUserInput($path);
    }
    catch (\InvalidArgumentException) {
      return NULL;
    }
    if (!$url->isRouted() || !preg_match('/^entity\.([a-z0-9_]+)\.canonical$/', $url->getRouteName(), $match)) {
      return NULL;
    }
    $id = $url->getRouteParameters()[$match[1]] ?? NULL;
    return $id === NULL ? NULL : $this->entityTypeManager->getStorage($match[1])->loadUnchanged($id);
  }

}
