<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Review\LeftRounds;
use Drupal\background_agents\Sidecar\HandOut;

/**
 * Takes up runs that nobody else takes up: one stop of cron.
 *
 * @internal
 */
final class LeftRuns {

  public function __construct(
    private readonly SilentRuns $silent,
    private readonly HandOut $handOut,
    private readonly LeftRounds $rounds,
  ) {}

  /**
   * Ends runs that are silent or cannot be claimed, and begins due rounds.
   */
  public function takeUp(): void {
    $this->silent->expire();
    $this->handOut->setExhaustedAside();
    $this->rounds->begin();
  }

}
