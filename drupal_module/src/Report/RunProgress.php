<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Run\CheckpointStore;
use Drupal\background_agents\Run\LockedRun;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunListeners;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\Spending;
use Drupal\background_agents\Sidecar\Outbox;

/**
 * Brings a run to where its sidecar reports it to be.
 *
 * @internal
 */
final class RunProgress {

  public function __construct(
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly EventStore $events,
    private readonly Outbox $outbox,
    private readonly Spending $spending,
    private readonly CheckpointStore $checkpoints,
    private readonly RunFinisher $finisher,
    private readonly RunListeners $listeners,
  ) {}

  /**
   * Brings the run's row up to date with its new events, usage and end.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The locked run.
   * @param \stdClass $item
   *   The run's part of the batch.
   * @param \stdClass[] $stored
   *   The new events.
   * @param int $lastSeq
   *   The highest number now.
   * @param bool $ends
   *   Whether the end is taken in, too.
   *
   * @return bool
   *   Whether this has ended the run: who listens is told after the commit.
   */
  public function apply(LockedRun $run, \stdClass $item, array $stored, int $lastSeq, bool $ends): bool {
    $columns = ['last_seq' => $lastSeq] + RunStore::usageColumns($item->end->usage ?? NULL) + RunStore::usageColumns($item->usage ?? NULL);
    $this->spending->book($run, $columns, $stored);
    if ($run->isFinal()) {
      // Late news: they belong to the history, the state stays. What was spent
      // until the sidecar heard of the end was spent.
      $this->runs->update($run->id, $columns);
      return FALSE;
    }
    $columns += ['attempt' => (int) $item->attempt];
    $this->outbox->reported($run->uuid);
    if ($ends) {
      return $this->end($run, $item->end, $columns + $this->startedColumn($run, $stored));
    }
    $state = $this->stateColumns($run, $stored);
    $this->runs->update($run->id, $columns + $state + $this->startedColumn($run, $stored));
    if (($state['waiting_for'] ?? NULL) === 'approval') {
      $this->noteQuestion($run);
    }
    return FALSE;
  }

  private function end(LockedRun $run, \stdClass $end, array $columns): bool {
    $finished = isset($end->finished) ? strtotime($end->finished) : FALSE;
    if ($finished !== FALSE) {
      $columns['finished'] = $finished;
    }
    if ($end->reason !== RunFinisher::STEPS_UNUSABLE) {
      $this->data->setOutput($run->id, $end->output ?? NULL);
    }
    if (isset($end->checkpoint)) {
      $this->checkpoints->append($run->id, $run->generation, $end->checkpoint);
    }
    return $this->finisher->finishLocked($run, RunState::from($end->state), $end->reason, $end->message ?? NULL, $columns);
  }

  /**
   * State, what it waits for, and why, after the new events.
   */
  private function stateColumns(LockedRun $run, array $stored): array {
    $columns = [];
    $waiting = NULL;
    foreach ($stored as $event) {
      $state = RunState::afterEvent($event->type);
      if ($state === NULL) {
        continue;
      }
      $waits = $state === RunState::Waiting;
      $columns = [
        'state' => $state->value,
        'waiting_for' => $waits ? ($event->type === 'run_retrying' ? 'retry' : $event->data->for) : NULL,
        'reason' => $waits ? $event->data->reason ?? NULL : NULL,
        'message' => $waits && isset($event->data->message) ? mb_substr($event->data->message, 0, 2000) : NULL,
      ];
      $waiting = $waits ? ['for' => $columns['waiting_for'], 'data' => $event->data] : NULL;
    }
    if ($columns !== []) {
      $this->data->setWaiting($run->id, $this->withQuestion($run->id, $waiting));
    }
    return $columns;
  }

  /**
   * Adds the question that an approval waits for, and its id.
   *
   * Its id and its end are what a sidecar that lost the run looks for.
   */
  private function withQuestion(int $run, ?array $waiting): ?array {
    if (($waiting['for'] ?? NULL) === 'approval') {
      $question = $this->events->newest($run, 'approval_requested');
      $waiting['data'] = (object) ((array) $waiting['data'] + array_filter([
        'id' => $question->id ?? NULL,
        'expires' => $question->expires ?? NULL,
        'question' => $question,
      ]));
    }
    return $waiting;
  }

  /**
   * Notes who is told of the question when this is committed.
   */
  private function noteQuestion(LockedRun $run): void {
    $question = $this->events->newest($run->id, 'approval_requested');
    if (is_string($question->id ?? NULL)) {
      $this->listeners->noteQuestion($run, $question->id, $question->expires ?? NULL);
    }
  }

  private function startedColumn(LockedRun $run, array $stored): array {
    foreach ($run->started === NULL ? $stored : [] as $event) {
      if ($event->type === 'run_started') {
        return ['started' => strtotime($event->time)];
      }
    }
    return [];
  }

}
