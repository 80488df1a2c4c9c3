<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;

/**
 * One save of content, as the conditions of triggers see it.
 *
 * @internal
 */
final readonly class SavedContent {

  /**
   * States of what is not moderated.
   */
  public const PUBLISHED = 'published';
  public const UNPUBLISHED = 'unpublished';

  /**
   * Sets what is given.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation as it was saved.
   * @param string|null $formerState
   *   Its moderation state before; NULL: it was not there.
   * @param string $state
   *   Its moderation state after the save.
   * @param string[] $saverRoles
   *   Ids of the roles of who saved it.
   */
  public function __construct(
    public ContentEntityInterface $entity,
    public ?string $formerState,
    public string $state,
    public array $saverRoles,
  ) {}

  /**
   * The save that is going on.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   What is saved or deleted.
   * @param string[] $saverRoles
   *   Ids of the roles of who does it.
   */
  public static function now(ContentEntityInterface $entity, array $saverRoles): self {
    $original = $entity->getOriginal();
    $langcode = $entity->language()->getId();
    $isKnown = $original instanceof ContentEntityInterface && $original->hasTranslation($langcode);
    return new self($entity, $isKnown ? self::stateOf($original->getTranslation($langcode)) : NULL, self::stateOf($entity), $saverRoles);
  }

  /**
   * The moderation state, or whether it is published where there is none.
   */
  public static function stateOf(ContentEntityInterface $entity): string {
    $state = $entity->hasField('moderation_state') ? $entity->get('moderation_state')->value : NULL;
    return $state ?? self::statusOf($entity);
  }

  /**
   * The state of what is not moderated.
   */
  public static function statusOf(ContentEntityInterface $entity): string {
    return !$entity instanceof EntityPublishedInterface || $entity->isPublished() ? self::PUBLISHED : self::UNPUBLISHED;
  }

}
