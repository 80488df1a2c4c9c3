<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Trigger\TriggerLog;

/**
 * How much work there is: runs by state, and what waits to become one.
 *
 * @internal
 */
final class OpenWork {

  public function __construct(
    private readonly RunStore $runs,
    private readonly Outbox $outbox,
    private readonly TriggerLog $triggers,
  ) {}

  /**
   * Counts by state, and of the two queues.
   *
   * @return array<string, int>
   */
  public function counts(): array {
    return $this->runs->countByState() + [
      'outbox' => $this->outbox->count(),
      'triggers' => $this->triggers->count(),
    ];
  }

}
