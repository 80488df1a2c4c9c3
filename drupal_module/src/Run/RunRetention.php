<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Agent\Version\UnusedVersions;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Report\EventStore;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Deletes what runs have left behind, each part when its time is over.
 *
 * @internal
 */
final class RunRetention {

  /**
   * Runs that are dealt with at a time; the next cron goes on.
   */
  private const RUNS = 200;

  /**
   * Changes that are looked at in a time; some 20 ms of the database.
   */
  private const CHANGES = 5000;

  public function __construct(
    private readonly RetentionTimes $times,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunStore $runs,
    private readonly EventStore $events,
    private readonly CheckpointStore $checkpoints,
    private readonly ChangeRemoval $changes,
    private readonly UnusedVersions $versions,
    private readonly BatchStore $batches,
  ) {}

  /**
   * Deletes large values, events, checkpoints, and whole runs.
   *
   * A run stays as long as somebody has to decide about a draft of it, or of
   * one that it started: with the run the draft would vanish from all lists,
   * and with the one above it who had asked.
   */
  public function tidy(): void {
    $this->events->deletePayloadsBefore($this->times->of('retention.payload_days'), self::RUNS);
    $this->events->deleteEventsBefore($this->times->of('retention.event_days'), self::RUNS);
    $this->checkpoints->deleteEndedBefore($this->times->of('retention.retry_days'), self::RUNS);
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $old = $this->runs->settledBefore($this->times->of('retention.run_days'), self::RUNS);
    // Deleting the entities deletes what belongs to them, see Hook\RunDeleted.
    $storage->delete($storage->loadMultiple($old));
    $this->changes->forgetDecided(self::CHANGES);
    $this->versions->delete(self::RUNS);
    if ($this->batches->isThere()) {
      $this->batches->deleteEndedBefore($this->times->of('retention.run_days'), self::RUNS);
    }
  }

}
