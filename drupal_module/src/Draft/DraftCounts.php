<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * How many drafts were left, for the limits.
 *
 * @internal
 */
final class DraftCounts {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The drafts of a run's present generation, with those it took over.
   */
  public function draftsOf(Run $run): int {
    return (int) $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->getQuery()
      ->accessCheck(FALSE)
      ->condition('run', $run->id())
      ->condition('generation', $run->getGeneration())
      ->count()
      ->execute();
  }

  /**
   * The drafts that an agent left in the last hour, over all its runs.
   */
  public function draftsSince(string $agent, int $since): int {
    return (int) $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->getQuery()
      ->accessCheck(FALSE)
      ->condition('agent', $agent)
      ->condition('created', $since, '>')
      ->count()
      ->execute();
  }

}
