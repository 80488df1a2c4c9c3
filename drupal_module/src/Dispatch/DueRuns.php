<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Trigger\TriggerProcessor;

/**
 * Makes the runs that are due: of trigger rows, and of batches.
 *
 * @internal
 */
final class DueRuns {

  public function __construct(
    private readonly TriggerProcessor $triggers,
    private readonly BatchRunner $batches,
  ) {}

  /**
   * Makes them, when the sidecar asks for jobs.
   */
  public function make(): void {
    $this->triggers->process();
    // It waits for the answer.
    $this->batches->letIn(seconds: 0.0);
  }

  /**
   * Makes them by cron.
   */
  public function byCron(): void {
    $this->triggers->process();
    $this->batches->byCron();
  }

}
