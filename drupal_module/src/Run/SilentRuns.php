<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * Ends open runs that nothing was heard of for too long.
 *
 * @internal
 */
final class SilentRuns {

  /**
   * Runs that are dealt with at a time; the next cron goes on.
   */
  private const RUNS = 200;

  public function __construct(
    private readonly RetentionTimes $times,
    private readonly RunStore $runs,
    private readonly RunFinisher $finisher,
  ) {}

  /**
   * Ends them as expired.
   */
  public function expire(): void {
    $days = $this->times->days('queue.expire_days');
    foreach ($this->runs->silentSince($this->times->before($days), self::RUNS) as $uuid) {
      $this->finisher->finish($uuid, RunState::Expired, 'expired', "Nothing was heard of the run for $days days. Check that the sidecar is running, then retry.");
    }
  }

}
