<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\Spending;
use Drupal\background_agents\Schedule\DueTimes;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\StopSwitch;

/**
 * What a sidecar that reports is told: commands, the switch, sums, runs.
 *
 * @internal
 */
final class ReportAnswer {

  private const MAX_MISSING = 500;

  public function __construct(
    private readonly CommandQueue $commands,
    private readonly StopSwitch $stopSwitch,
    private readonly Spending $spending,
    private readonly WatchedRuns $watched,
    private readonly Outbox $outbox,
    private readonly RunStore $runs,
    private readonly SiteIdentity $identity,
    private readonly DueTimes $schedules,
  ) {}

  /**
   * The answer to a batch, without what became of its events.
   *
   * @return array<string, mixed>
   *   As in the contract `events`.
   */
  public function document(\stdClass $batch): array {
    return [
      'commands' => $this->commands->pending(),
      'stop' => $this->stopSwitch->isStopped(),
      'spent' => $this->spending->document(),
      'watched' => $this->watched->uuids(),
    ] + $this->schedules->told($batch->schedules ?? NULL) + $this->identity->document() + $this->reconcile($batch);
  }

  /**
   * Compares the runs that the sidecar has with those that have not ended here.
   */
  private function reconcile(\stdClass $batch): array {
    if (!($batch->reconcile ?? FALSE)) {
      return [];
    }
    $live = array_column($batch->live ?? [], 'run');
    return [
      'missing' => $this->outbox->missing($live, self::MAX_MISSING),
      'ended' => $this->runs->endedAmong($live),
    ];
  }

}
