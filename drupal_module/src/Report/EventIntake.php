<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Audit\SidecarDecisions;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Run\LockedRun;
use Drupal\background_agents\Run\RunListeners;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\Outbox;

/**
 * Takes in batches of events and ends, run by run.
 *
 * Each run is one transaction that holds the lock of its row, so that a batch
 * that comes twice, or half, or twice at once leaves one history.
 *
 * @internal
 */
final class EventIntake {

  public const MAX_EVENTS = 500;

  /**
   * Runs whose start was committed and not told yet, by numeric id.
   *
   * @var int[]
   */
  private array $started = [];

  /**
   * Runs whose end was committed and not told yet, by numeric id.
   *
   * @var int[]
   */
  private array $ended = [];

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly Outbox $outbox,
    private readonly EventStore $events,
    private readonly EventCheck $check,
    private readonly SidecarDecisions $decisions,
    private readonly RunProgress $progress,
    private readonly RunListeners $listeners,
  ) {}

  /**
   * Takes in what a batch says about its runs.
   *
   * @param \stdClass[] $items
   *   The `runs` of a batch whose shape was checked; events not yet.
   *
   * @return array<string, array>
   *   The `runs` of the answer, by UUID.
   */
  public function takeIn(array $items): array {
    $answers = [];
    try {
      foreach ($items as $item) {
        $answers[$item->run] = $this->takeInRun($item);
      }
    }
    finally {
      // Also when a later run of the batch failed: these are committed.
      array_map($this->listeners->started(...), $this->started);
      array_map($this->listeners->ended(...), $this->ended);
      $this->started = $this->ended = [];
    }
    return $answers;
  }

  private function takeInRun(\stdClass $item): array {
    return $this->transactions->run(function () use ($item): array {
      $run = $this->runs->lock($item->run);
      return $run === NULL
        ? ['last_seq' => 0, 'status' => 'unknown_run', 'detail' => 'This site has no such run.', 'ended' => NULL]
        : $this->takeInLocked($run, $item);
    });
  }

  /**
   * Whether the agent of a run tells its progress; a deleted one does.
   */
  private function tellsProgress(LockedRun $run): bool {
    return Agent::load($run->agent)?->tellsProgress() ?? TRUE;
  }

  private function takeInLocked(LockedRun $run, \stdClass $item): array {
    $wasFinal = $run->isFinal();
    // Locked: a claim by the sidecar's own UPDATE may be about to commit.
    $current = max($run->attempt, $this->outbox->lockAttempt($run->uuid) ?? 0);
    // Of another generation each attempt is stale. Also of a higher one, which
    // this site does not know (a restored backup): it must not end this one.
    $attempt = (int) $item->generation === $run->generation ? (int) $item->attempt : -1;
    $order = $this->check->order($run, $item->events, $current, $attempt);
    $stored = array_map(static fn (int $index): \stdClass => $item->events[$index], $order->store);
    $this->events->insert($run->id, $this->tellsProgress($run) ? $stored : StepDetails::leftOut($stored));
    $this->decisions->record($run, $stored);
    $ends = $order->status === EventOrdering::OK && isset($item->end);
    if ($order->status !== EventOrdering::STALE) {
      $hasStarted = !$wasFinal && $run->started === NULL && in_array('run_started', array_column($stored, 'type'), TRUE);
      if ($this->progress->apply($run, $item, $stored, $order->lastSeq, $ends)) {
        $this->ended[] = $run->id;
      }
      if ($hasStarted) {
        $this->started[] = $run->id;
      }
    }
    $state = $ends && !$wasFinal ? $item->end->state : ($wasFinal ? $run->state->value : NULL);
    return ['last_seq' => $order->lastSeq, 'status' => $order->status]
      + $this->check->explain($order, $item->events)
      + ['ended' => $state];
  }

}
