<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Where an editor finds a draft.
 */
final class DraftUrl {

  public function __construct(
    private readonly ModerationInformationInterface $moderation,
  ) {}

  /**
   * Absolute URL; empty when the entity type has no page.
   */
  public function of(ContentEntityInterface $entity): string {
    $link = $this->moderation->isModeratedEntity($entity) && !$entity->isDefaultRevision() && $entity->hasLinkTemplate('latest-version')
      ? 'latest-version'
      : 'canonical';
    return $entity->hasLinkTemplate($link) ? $entity->toUrl($link)->setAbsolute()->toString(TRUE)->getGeneratedUrl() : '';
  }

}
