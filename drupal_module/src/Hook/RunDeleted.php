<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunRemoval;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * With a run goes everything that belongs to it.
 *
 * @internal
 */
final class RunDeleted {

  public function __construct(
    private readonly RunRemoval $removal,
    private readonly Outbox $outbox,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('background_agents_run_delete')]
  public function delete(Run $run): void {
    $this->outbox->delete($run->uuid());
    $this->removal->forget([(int) $run->id()]);
  }

}
