<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;

/**
 * Entities that may be saved along with an agent's draft.
 *
 * Alterable with hook_background_agents_side_effects_alter(array &$types): a
 * list of entity type ids. Whoever adds a type answers for what its saves do.
 *
 * @internal
 */
final class SideEffects {

  /**
   * This module's own records.
   */
  private const array OWN = ['background_agents_run', 'background_agents_change'];

  /**
   * Ids of the entity types, once modules were asked.
   *
   * @var string[]|null
   */
  private ?array $types = NULL;

  public function __construct(
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SavesUnderway $saves,
    private readonly CompositeChildren $children,
  ) {}

  /**
   * Whether the guard looks away from a save.
   */
  public function isTolerated(EntityInterface $entity): bool {
    $type = $entity->getEntityTypeId();
    return match (TRUE) {
      in_array($type, self::OWN, TRUE), $this->isNamedBySite($type) => TRUE,
      $type === 'content_moderation_state' => $this->isRecordOfSave($entity),
      $type === 'path_alias' => $this->isAliasOfDraft($entity),
      default => $this->children->isSavedByHost($entity),
    };
  }

  /**
   * Whether the site named the type: then deletions are its own affair, too.
   */
  public function isNamedBySite(string $type): bool {
    if ($this->types === NULL) {
      $types = [];
      $this->moduleHandler->alter('background_agents_side_effects', $types);
      $this->types = $types;
    }
    return in_array($type, $this->types, TRUE);
  }

  /**
   * Content moderation's own record of an item that is being saved.
   *
   * It must say what the item says. By itself, it would publish.
   */
  private function isRecordOfSave(EntityInterface $record): bool {
    assert($record instanceof ContentEntityInterface);
    $type = (string) $record->get('content_entity_type_id')->value;
    if ($this->isNamedBySite($type)) {
      return TRUE;
    }
    foreach ($this->saves->outer() as $save) {
      if ($save->entity->getEntityTypeId() === $type && (string) $save->entity->id() === (string) $record->get('content_entity_id')->value
        && $this->saves->revisionOf($save) === (int) $record->get('content_entity_revision_id')->value) {
        return $save->state === (string) $record->get('moderation_state')->value;
      }
    }
    return FALSE;
  }

  /**
   * An alias that a site makes by itself for an unpublished page.
   *
   * Sites with Pathauto could have no new drafts else. The alias must be new or
   * the page's own, take no other page's, and the page must be under way.
   */
  private function isAliasOfDraft(EntityInterface $alias): bool {
    assert($alias instanceof ContentEntityInterface);
    $path = (string) $alias->get('path')->value;
    if (!$this->isOfUnpublished($path) || ($alias->isNew() ? FALSE : $alias->getOriginal()?->get('path')->value !== $path)) {
      return FALSE;
    }
    return $this->entityTypeManager->getStorage('path_alias')->getQuery()
      ->accessCheck(FALSE)
      ->condition('alias', $alias->get('alias')->value)
      ->condition('path', $path, '<>')
      ->range(0, 1)
      ->execute() === [];
  }

  /**
   * Whether a path is that of an item that is being saved and not published.
   *
   * The default revision of a published item stays when its draft is saved.
   */
  private function isOfUnpublished(string $path): bool {
    foreach ($this->saves->outer() as $save) {
      $entity = $save->entity;
      if ($entity->id() !== NULL && $entity->hasLinkTemplate('canonical') && '/' . $entity->toUrl('canonical')->getInternalPath() === $path) {
        return $entity->isDefaultRevision() && $entity instanceof EntityPublishedInterface && !$entity->isPublished();
      }
    }
    return FALSE;
  }

}
