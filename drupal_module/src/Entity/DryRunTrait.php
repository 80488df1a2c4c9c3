<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

/**
 * Whether a run is a test run.
 *
 * @internal
 */
trait DryRunTrait {

  /**
   * Whether it is a test run: none of its drafts is saved.
   *
   * It stays what it is, also when it is retried.
   */
  public function isDryRun(): bool {
    return (bool) $this->get('dry_run')->value;
  }

}
