<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Run\DelayedRuns;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\background_agents\Trigger\TriggerProcessor;

/**
 * Makes the runs that are due: of trigger rows, delays, and batches.
 *
 * @internal
 */
final class DueRuns {

  public function __construct(
    private readonly TriggerProcessor $triggers,
    private readonly TriggerLog $log,
    private readonly DelayedDispatch $dispatch,
    private readonly DelayedRuns $delayed,
    private readonly BatchRunner $batches,
    private readonly StopSwitch $stopSwitch,
    private readonly PushQueue $push,
  ) {}

  /**
   * Makes them, when the sidecar asks for jobs.
   */
  public function make(): void {
    $this->triggers->process();
    $this->delayed();
    // It waits for the answer.
    $this->batches->letIn(seconds: 0.0);
  }

  /**
   * Makes them by cron.
   */
  public function byCron(): void {
    $this->triggers->process();
    $this->delayed();
    $this->batches->byCron();
  }

  /**
   * Makes those of what this request did, when its response is out.
   */
  public function ofThisRequest(): void {
    if ($this->log->wasTouched()) {
      $this->triggers->process();
    }
  }

  /**
   * The same as secondsUntilNext(), when this request has changed it.
   *
   * @param bool $isDelayed
   *   Whether it made runs that begin later.
   */
  public function newSecondsUntilNext(bool $isDelayed): ?int {
    return $isDelayed || $this->log->wasTouched() ? $this->secondsUntilNext() : NULL;
  }

  /**
   * Seconds until further ones are due; NULL: none wait for their time.
   */
  public function secondsUntilNext(): ?int {
    $next = array_filter([$this->log->secondsUntilNext(), $this->delayed->secondsUntilNext()], is_int(...));
    return $next === [] ? NULL : min($next);
  }

  private function delayed(): void {
    foreach ($this->stopSwitch->isStopped() ? [] : $this->dispatch->begin() as $row) {
      $this->push->add($row);
    }
  }

}
