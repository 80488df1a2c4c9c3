<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;

/**
 * Agents delete nothing: no item, no revision, no translation.
 *
 * @internal
 */
final class DeleteGuard {

  /**
   * TRUE while this module takes back drafts of its own.
   */
  private bool $isLifted = FALSE;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly SideEffects $sideEffects,
    private readonly Refusals $refusals,
  ) {}

  /**
   * Refuses that an agent deletes an entity.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When an agent deletes anything.
   */
  public function refuseDelete(EntityInterface $entity): void {
    $this->refuse($entity, sprintf('Agents do not delete (%s "%s").', $entity->getEntityTypeId(), $entity->id()));
  }

  /**
   * Refuses that an agent deletes a revision.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When an agent deletes a revision, such as an editor's pending draft.
   */
  public function refuseRevisionDelete(EntityInterface $revision): void {
    assert($revision instanceof ContentEntityInterface);
    $this->refuse($revision, sprintf('Agents do not delete revisions (revision %s of %s "%s").', $revision->getRevisionId(), $revision->getEntityTypeId(), $revision->id()));
  }

  /**
   * Refuses that an agent removes a translation.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When an agent removes a translation.
   */
  public function refuseTranslationDelete(EntityInterface $translation): void {
    $this->refuse($translation, sprintf('Agents do not delete translations (%s of %s "%s").', $translation->language()->getId(), $translation->getEntityTypeId(), $translation->id()));
  }

  /**
   * Lets this module take back its own drafts, whoever's request it is.
   */
  public function lifted(callable $work): void {
    $before = $this->isLifted;
    $this->isLifted = TRUE;
    try {
      $work();
    }
    finally {
      $this->isLifted = $before;
    }
  }

  private function refuse(EntityInterface $entity, string $detail): void {
    if (!$this->isLifted && $this->scope->isActive() && !$this->sideEffects->isNamedBySite($entity->getEntityTypeId())) {
      $this->refusals->noting(static fn () => throw GuardException::forbidden($detail));
    }
  }

}
