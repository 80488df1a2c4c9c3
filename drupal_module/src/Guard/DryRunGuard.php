<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\EntityInterface;

/**
 * Nothing is saved in the requests of a test run, whoever tries.
 *
 * The draft writer does not even try. This is for all other ways: JSON:API, and
 * code of the site that runs meanwhile.
 *
 * @internal
 */
final class DryRunGuard {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly SideEffects $sideEffects,
  ) {}

  /**
   * Refuses a save in a test run.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function refuse(EntityInterface $entity): void {
    if ($this->scope->run()?->isDryRun() && !$this->sideEffects->isTolerated($entity)) {
      throw GuardException::forbidden(sprintf('This is a test run: nothing is saved, and no "%s" either. Drafts are taken by create_draft and revise_draft alone.', $entity->getEntityTypeId()));
    }
  }

}
