<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;

/**
 * What people decide about a batch. Saying the same again changes nothing.
 *
 * Access is checked by the caller.
 *
 * @internal
 */
final class BatchCommands {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly BatchStore $batches,
    private readonly ItemStore $items,
    private readonly RunStore $runs,
    private readonly RunCommands $commands,
    private readonly AuditLog $audit,
    private readonly NotedBatches $noted,
  ) {}

  /**
   * Lets no more items in. Runs that have begun go on.
   */
  public function pause(Batch $batch, int $uid): bool {
    return $this->decide($batch, 'batch_pause', $uid, fn (): bool => $this->batches->change($batch->id, BatchState::Paused, [BatchState::Running]));
  }

  /**
   * Lets items in again.
   */
  public function resume(Batch $batch, int $uid): bool {
    return $this->decide($batch, 'batch_resume', $uid, fn (): bool => $this->batches->change($batch->id, BatchState::Running, [BatchState::Paused]));
  }

  /**
   * Cancels what has not begun, and what is at work, if that is wanted.
   *
   * @return int
   *   How many items and runs.
   */
  public function cancel(Batch $batch, int $uid, bool $alsoOpen): int {
    $cancelled = 0;
    $this->decide($batch, 'batch_cancel', $uid, function () use ($batch, &$cancelled): bool {
      $cancelled = $this->items->cancelRest($batch->id);
      return $cancelled > 0;
    });
    foreach ($alsoOpen ? $this->runs->openOfBatch($batch->id) : [] as $uuid) {
      $cancelled += (int) $this->cancelRun($uuid, $uid);
    }
    return $cancelled;
  }

  /**
   * Cancels some items: those that wait, and runs that are at work.
   *
   * @param \Drupal\background_agents\Batch\Batch $batch
   *   The batch.
   * @param int $uid
   *   Who decides.
   * @param \Drupal\background_agents\Batch\BatchItem[] $chosen
   *   Items of the batch.
   *
   * @return int
   *   How many were cancelled.
   */
  public function cancelItems(Batch $batch, int $uid, array $chosen): int {
    $runs = [];
    $cancelled = 0;
    $this->decide($batch, 'batch_cancel', $uid, function () use ($batch, $chosen, &$cancelled, &$runs): bool {
      foreach ($chosen as $item) {
        if ($this->items->change($batch->id, $item, ItemState::Waiting, ItemState::Cancelled)) {
          $cancelled++;
        }
        elseif (!$this->items->change($batch->id, $item, ItemState::Again, ItemState::Started)) {
          $runs[] = $this->items->runOf($batch->id, $item);
        }
      }
      return $cancelled > 0;
    });
    foreach (array_filter($runs) as $uuid) {
      $cancelled += (int) $this->cancelRun($uuid, $uid);
    }
    return $cancelled;
  }

  /**
   * Has failed runs retried, as the lane has room.
   *
   * @return int
   *   How many.
   */
  public function retryFailed(Batch $batch, int $uid): int {
    $retried = 0;
    $this->decide($batch, 'batch_retry', $uid, function () use ($batch, $uid, &$retried): bool {
      $retried = $this->items->retryFailed($batch->id);
      return $retried > 0 && $this->batches->change($batch->id, BatchState::Running, BatchState::cases(), [
        'retries' => $batch->retries + 1,
        'retried_by' => $uid,
      ]);
    });
    if ($retried > 0) {
      $this->batches->noteOpen(TRUE);
    }
    return $retried;
  }

  /**
   * Carries out a decision and keeps who took it: both, or neither.
   */
  private function decide(Batch $batch, string $action, int $uid, callable $carryOut): bool {
    $this->noted->note();
    return $this->transactions->run(function () use ($batch, $action, $uid, $carryOut): bool {
      $this->batches->lock($batch->id);
      $isNews = $carryOut();
      if ($isNews) {
        $this->items->noteDecision($batch->id, $this->audit->add(Decision::aboutBatch($batch->id, $batch->agent, $action, $uid)));
      }
      return $isNews;
    });
  }

  /**
   * Cancels a run, unless it has ended.
   */
  private function cancelRun(string $uuid, int $uid): bool {
    $run = $this->runs->byUuid($uuid);
    try {
      return $run !== NULL && !$run->isFinal() && $this->commands->give($run, 'cancel', $uid)->getState() !== RunState::Completed;
    }
    catch (ProblemException $problem) {
      if ($problem->problem->code !== 'run_ended') {
        throw $problem;
      }
      return FALSE;
    }
  }

}
