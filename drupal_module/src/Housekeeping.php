<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Notice\NoticeStore;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Review\LineageStore;
use Drupal\background_agents\Run\CheckpointStore;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\Spending;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Ends what nobody ends, and deletes what is old.
 *
 * @internal
 */
final class Housekeeping {

  private const DAY = 86400;

  /**
   * Runs that are dealt with at a time; the next cron goes on.
   */
  private const RUNS = 200;

  /**
   * Days that the UUIDs of folded runs are remembered.
   */
  private const ALIAS_DAYS = 30;

  public function __construct(
    private readonly Connection $database,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly EventStore $events,
    private readonly CommandQueue $commands,
    private readonly CheckpointStore $checkpoints,
    private readonly RunFinisher $finisher,
    private readonly SignedRequests $signed,
    private readonly Spending $spending,
    private readonly NoticeStore $notices,
    private readonly LineageStore $lineages,
    private readonly AuditLog $audit,
  ) {}

  /**
   * Ends open runs that nothing was heard of for too long.
   */
  public function expire(): void {
    $days = (int) $this->setting('queue.expire_days');
    foreach ($this->runs->silentSince($this->before($days), self::RUNS) as $uuid) {
      $this->finisher->finish($uuid, RunState::Expired, 'expired', "Nothing was heard of the run for $days days. Check that the sidecar is running, then retry.");
    }
  }

  /**
   * Deletes what its retention is over for.
   */
  public function tidy(): void {
    $this->events->deletePayloadsBefore($this->before((int) $this->setting('retention.payload_days')), self::RUNS);
    $this->events->deleteEventsBefore($this->before((int) $this->setting('retention.event_days')), self::RUNS);
    $this->checkpoints->deleteEndedBefore($this->before((int) $this->setting('retention.retry_days')), self::RUNS);
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $old = $this->runs->endedBefore($this->before((int) $this->setting('retention.run_days')), self::RUNS);
    // Deleting the entities deletes what belongs to them, see Hook\RunDeleted.
    $storage->delete($storage->loadMultiple($old));
    $this->database->delete('background_agents_alias')->condition('created', $this->before(self::ALIAS_DAYS), '<')->execute();
    $this->lineages->deleteReplaced(self::RUNS);
    $this->audit->deleteBefore($this->before((int) $this->setting('retention.audit_days')));
    $this->signed->forgetOld();
    $this->spending->deleteBefore($this->before((int) $this->setting('retention.run_days')));
  }

  /**
   * Deletes everything that belongs to some runs.
   *
   * @param int[] $ids
   *   Numeric ids.
   */
  public function forget(array $ids): void {
    $this->events->delete($ids);
    $this->data->delete($ids);
    $this->commands->delete($ids);
    $this->checkpoints->delete($ids);
    $this->notices->delete($ids);
    $this->database->delete('background_agents_effect')->condition('run', $ids, 'IN')->execute();
    $changes = $this->entityTypeManager->getStorage('background_agents_change');
    $changes->delete($changes->loadMultiple($changes->getQuery()->accessCheck(FALSE)->condition('run', $ids, 'IN')->execute()));
  }

  private function setting(string $name): mixed {
    return $this->configFactory->get('background_agents.settings')->get($name);
  }

  private function before(int $days): int {
    return $this->time->getCurrentTime() - $days * self::DAY;
  }

}
