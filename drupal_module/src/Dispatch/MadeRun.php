<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\OutboxRow;

/**
 * A run that was just made, and the row of the outbox that holds its job.
 *
 * Of a run that begins later there is no job yet.
 *
 * @internal
 */
final readonly class MadeRun {

  public function __construct(
    public Run $run,
    public ?OutboxRow $row,
  ) {}

}
