<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Draft\GenerationDrafts;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\Component\Datetime\TimeInterface;

/**
 * Ends runs. The first final state wins.
 *
 * State, outbox row, commands and older drafts change in one transaction; who
 * listens to ends is told after it. Checkpoints stay for a while (a retry may
 * begin from a step); RunRetention deletes them.
 *
 * @internal
 */
final class RunFinisher {

  /**
   * The reason of a retry that could not begin from its step.
   *
   * Nothing was done then, so what the generation before left stays.
   */
  public const string STEPS_UNUSABLE = 'retry:steps';

  private const MAX_MESSAGE = 2000;

  public function __construct(
    private readonly Transactions $transactions,
    private readonly TimeInterface $time,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly Outbox $outbox,
    private readonly RunFamily $family,
    private readonly GenerationDrafts $drafts,
    private readonly RunListeners $listeners,
  ) {}

  /**
   * Ends a run, in a transaction of its own, and tells the listeners.
   *
   * @param string $uuid
   *   UUID of the run.
   * @param \Drupal\background_agents\Run\RunState $state
   *   A final state.
   * @param string $reason
   *   Machine-readable reason, such as "requester_lost".
   * @param string|null $message
   *   A sentence for people.
   * @param callable(): void|null $within
   *   More to do in the same transaction, when this ends the run.
   *
   * @return bool
   *   FALSE when the run had ended before, or does not exist.
   */
  public function finish(string $uuid, RunState $state, string $reason, ?string $message = NULL, ?callable $within = NULL): bool {
    $ended = $this->transactions->run(function () use ($uuid, $state, $reason, $message, $within): ?LockedRun {
      $run = $this->runs->lock($uuid);
      if ($run === NULL || !$this->finishLocked($run, $state, $reason, $message)) {
        return NULL;
      }
      if ($within !== NULL) {
        $within();
      }
      return $run;
    });
    if ($ended !== NULL) {
      $this->family->push();
      $this->listeners->ended($ended->id);
    }
    return $ended !== NULL;
  }

  /**
   * Ends a run whose row the caller has locked. The caller commits, then tells.
   *
   * @param \Drupal\background_agents\Run\LockedRun $row
   *   The locked row, as RunStore::lock() gave it.
   * @param \Drupal\background_agents\Run\RunState $state
   *   A final state.
   * @param string $reason
   *   Machine-readable reason.
   * @param string|null $message
   *   A sentence for people.
   * @param array<string, mixed> $more
   *   More columns of the run, such as usage and finished.
   *
   * @return bool
   *   FALSE when the run had ended before.
   */
  public function finishLocked(LockedRun $row, RunState $state, string $reason, ?string $message = NULL, array $more = []): bool {
    if (!$state->isFinal()) {
      throw new \InvalidArgumentException("{$state->value} is not a final state.");
    }
    if ($row->isFinal()) {
      return FALSE;
    }
    $this->runs->update($row->id, $more + [
      'state' => $state->value,
      'waiting_for' => NULL,
      'reason' => $reason,
      'message' => $message === NULL ? NULL : mb_substr($message, 0, self::MAX_MESSAGE),
      'finished' => $this->time->getCurrentTime(),
      // The row of the outbox, which knew it, goes.
      'attempt' => max($row->attempt, $this->outbox->lockAttempt($row->uuid) ?? 0),
    ]);
    $this->data->setWaiting($row->id, NULL);
    $this->outbox->delete($row->uuid);
    $this->family->ended($row);
    if ($reason !== self::STEPS_UNUSABLE) {
      $this->drafts->discard($row);
    }
    $this->listeners->noteEnd($row);
    return TRUE;
  }

}
