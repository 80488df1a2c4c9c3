<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\user\UserInterface;

/**
 * Lets the items of batches in, as the lane of their agent has room.
 *
 * After the response to a report that a run has ended, when the sidecar asks
 * for jobs, and by cron. Whoever does it, and how often: each item gets one
 * run.
 *
 * @internal
 */
final class BatchRunner {

  /**
   * Seconds after which the rest is left to the next one.
   */
  private const float SECONDS = 5.0;

  /**
   * Refusals that pass by themselves; all others pause the batch.
   */
  private const array PASSING = ['queue_full', 'busy', 'site_stopped', 'workspace'];

  public function __construct(
    private readonly BatchStore $batches,
    private readonly ItemStore $items,
    private readonly ItemDispatch $dispatch,
    private readonly LaneRoom $room,
    private readonly CancelledItems $cancelled,
    private readonly BatchLock $lock,
    private readonly BatchDoor $door,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Lets in what there is room for, and ends batches that are through.
   *
   * @param bool $waits
   *   Whether to wait for a process that does it now: it may not have seen the
   *   end of a run that this one was told of.
   * @param float $seconds
   *   How long the runs of cancelled items are made; some are in any case.
   *
   * @return int
   *   How many runs were made.
   */
  public function letIn(bool $waits = FALSE, float $seconds = self::SECONDS): int {
    if (!$this->batches->mayBeOpen() || !$this->lock->acquire($waits ? (int) self::SECONDS : 0)) {
      return 0;
    }
    try {
      $made = 0;
      foreach ($this->room->isStopped() ? [] : $this->batches->running() as $batch) {
        $made += $this->letInto($batch);
      }
      $this->makeCancelled($this->time->getCurrentMicroTime() + $seconds);
      $this->batches->settle();
      return $made;
    }
    finally {
      $this->lock->release();
    }
  }

  /**
   * Cron: the same, and whether there is anything to do at all.
   */
  public function byCron(): void {
    if ($this->batches->isThere()) {
      $this->batches->noteOpen($this->batches->hasOpen());
      $this->letIn();
    }
  }

  /**
   * Makes the runs of cancelled items, whatever has become of their agent.
   */
  private function makeCancelled(float $until): void {
    foreach ($this->batches->withCancelled() as $batch) {
      do {
        $isMore = $this->cancelled->makeSome($batch);
        if ($this->time->getCurrentMicroTime() >= $until) {
          return;
        }
      } while ($isMore);
    }
  }

  private function letInto(Batch $batch): int {
    $made = 0;
    try {
      $agent = $this->door->agent($batch);
      $person = $this->door->person($batch, $agent);
      if ($person === NULL) {
        // Nobody can be asked any more whether the rest is wanted.
        $this->items->cancelRest($batch->id, Batch::REQUESTER_LOST);
      }
      elseif (!$this->room->isSpent($batch, $agent)) {
        $this->fill($batch, $agent, $person, $made);
      }
    }
    catch (ProblemException $refused) {
      $this->refused($batch, $refused);
    }
    return $made;
  }

  /**
   * Fills the lane, but not for ever: items may be refused one after the other.
   */
  private function fill(Batch $batch, Agent $agent, UserInterface $person, int &$made): void {
    $until = $this->time->getCurrentMicroTime() + self::SECONDS;
    while ($this->time->getCurrentMicroTime() < $until && ($left = $this->room->of($agent)) > 0 && ($next = $this->items->next($batch->id, $left)) !== []) {
      foreach ($next as $item) {
        if (!$this->batches->isRunning($batch->id)) {
          return;
        }
        $made += (int) $this->dispatch->letIn($batch, $item, $agent, $person);
      }
    }
  }

  private function refused(Batch $batch, ProblemException $refused): void {
    if (!in_array($refused->problem->code, self::PASSING, TRUE)) {
      $this->batches->change($batch->id, BatchState::Paused, [BatchState::Running], [
        'reason' => $refused->problem->code,
        'message' => $refused->problem->detail ?: $refused->problem->title,
      ]);
    }
  }

}
