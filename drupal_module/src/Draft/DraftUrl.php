<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Where an editor finds a draft.
 *
 * @internal
 */
final class DraftUrl {

  public function __construct(
    private readonly ModerationInformationInterface $moderation,
  ) {}

  /**
   * Absolute URL; empty when the entity type has no page.
   */
  public function of(ContentEntityInterface $entity): string {
    $isPending = $this->moderation->isModeratedEntity($entity) && !$entity->isDefaultRevision();
    // Workspaces takes the page of the latest version away.
    $links = array_filter(['latest-version', 'revision'], $entity->hasLinkTemplate(...));
    $link = $isPending ? reset($links) ?: 'canonical' : 'canonical';
    return $entity->hasLinkTemplate($link) ? $entity->toUrl($link)->setAbsolute()->toString(TRUE)->getGeneratedUrl() : '';
  }

}
