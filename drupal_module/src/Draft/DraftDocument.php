<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\EntityPublishedInterface;

/**
 * What a draft is, as the contract `draft` answers it.
 *
 * @internal
 */
final class DraftDocument {

  /**
   * The revision of an item that only a test run knows.
   */
  public const int FIRST = 1;

  public function __construct(
    private readonly DraftUrl $url,
  ) {}

  /**
   * Returns the answer of the contract `draft`.
   *
   * @return array<string, mixed>
   *   The answer of the contract `draft`.
   */
  public function of(string $key, Draft $draft, Change $change): array {
    $entity = $draft->entity;
    return ($change->isDryRun() ? self::unsaved($draft) : []) + [
      'key' => $key,
      'operation' => $draft->isCreation() ? 'create' : 'revise',
      'entity_type' => $entity->getEntityTypeId(),
      'bundle' => $entity->bundle(),
      'entity' => $entity->uuid(),
      'entity_id' => (string) $entity->id(),
      'revision' => (int) $entity->getRevisionId(),
      'base_revision' => $draft->base,
      'langcode' => $entity->language()->getId(),
      'moderation_state' => ChangeLog::stateOf($entity),
      'published' => $entity->isDefaultRevision() && $entity instanceof EntityPublishedInterface && $entity->isPublished(),
      'label' => (string) $entity->label(),
      'url' => $change->isDryRun() ? $change->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl() : $this->url->of($entity),
      'change' => $change->uuid(),
    ];
  }

  /**
   * What is said otherwise of a draft that a test run left: it was not saved.
   *
   * Its revision is what a further draft is to be made from: the one that was
   * read, or FIRST for an item that only the run knows.
   */
  private static function unsaved(Draft $draft): array {
    return [
      'revision' => $draft->base ?? self::FIRST,
      'published' => FALSE,
      'dry_run' => TRUE,
    ];
  }

}
