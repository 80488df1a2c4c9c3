<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Component\Datetime\TimeInterface;

/**
 * How many drafts a run, and an agent in an hour, may leave.
 *
 * @internal
 */
final class DraftLimits {

  private const int HOUR = 3600;

  public function __construct(
    private readonly DraftCounts $counts,
    private readonly Grants $grants,
    private readonly RunLimits $limits,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Refuses a draft beyond the limits of the run or of the hour.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that is about to leave a draft.
   * @param int $underway
   *   How many drafts are being saved, and have no change yet.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   403 `limit_writes`, or 429 `limit_writes_per_hour` with Retry-After.
   */
  public function check(Run $run, int $underway = 0): void {
    $limits = $this->limits->of($run);
    $perRun = (int) ($limits['writes'] ?? 0);
    $left = $perRun > 0 ? $this->counts->draftsOf($run) + $underway : 0;
    if (!WriteLimit::allows($perRun, 0, $left)) {
      $granted = $this->grants->granted($run, 'writes');
      if (!WriteLimit::allows($perRun, $granted, $left)) {
        throw ProblemException::of(403, 'limit_writes', 'The run has left enough drafts', sprintf('The run may leave %d drafts.', $perRun * (1 + $granted)));
      }
    }
    $perHour = (int) ($limits['writes_per_hour'] ?? 0);
    if ($perHour > 0 && $this->counts->draftsSince($run->getAgentId(), $this->time->getRequestTime() - self::HOUR) + $underway >= $perHour) {
      throw ProblemException::of(429, 'limit_writes_per_hour', 'The agent has left enough drafts for now', sprintf('The agent may leave %d drafts an hour.', $perHour), extra: ['retry_after' => 300]);
    }
  }

}
