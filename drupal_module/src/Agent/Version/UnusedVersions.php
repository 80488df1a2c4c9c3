<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Version;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Deletes versions of definitions that nothing names any more.
 *
 * @internal
 */
final class UnusedVersions {

  public function __construct(
    private readonly AgentVersions $versions,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Deletes at most so many.
   */
  public function delete(int $limit): void {
    $present = [];
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $id => $agent) {
      assert($agent instanceof Agent);
      $present[(string) $id] = VersionDocument::hash(VersionDocument::of($agent));
    }
    $this->versions->deleteUnused($present, $limit);
  }

}
