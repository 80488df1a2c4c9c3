<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Audit\SidecarDecisions;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Notice\NoticeStore;
use Drupal\background_agents\Run\CheckpointStore;
use Drupal\background_agents\Run\LockedRun;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\Spending;
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
   * Runs whose end was committed and not told yet, by numeric id.
   *
   * @var int[]
   */
  private array $ended = [];

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly EventStore $events,
    private readonly Outbox $outbox,
    private readonly RunFinisher $finisher,
    private readonly Spending $spending,
    private readonly NoticeStore $notices,
    private readonly CheckpointStore $checkpoints,
    private readonly Contracts $contracts,
    private readonly SidecarDecisions $decisions,
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
      // Also when a later run of the batch failed: these ends are committed.
      array_map($this->finisher->tell(...), $this->ended);
      $this->ended = [];
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

  private function takeInLocked(LockedRun $run, \stdClass $item): array {
    $wasFinal = $run->isFinal();
    // Locked: a claim by the sidecar's own UPDATE may be about to commit.
    $current = max($run->attempt, $this->outbox->lockAttempt($run->uuid) ?? 0);
    // Of another generation each attempt is stale. Also of a higher one, which
    // this site does not know (a restored backup): it must not end this one.
    $attempt = (int) $item->generation === $run->generation ? (int) $item->attempt : -1;
    $order = $this->order($run, $item->events, $current, $attempt);
    $stored = array_map(static fn (int $index): \stdClass => $item->events[$index], $order->store);
    $this->events->insert($run->id, $stored);
    $this->decisions->record($run, $stored);
    $ends = $order->status === EventOrdering::OK && isset($item->end);
    if ($order->status !== EventOrdering::STALE) {
      $this->apply($run, $item, $stored, $order->lastSeq, $ends);
    }
    $state = $ends && !$wasFinal ? $item->end->state : ($wasFinal ? $run->state->value : NULL);
    return ['last_seq' => $order->lastSeq, 'status' => $order->status]
      + $this->explain($order, $item->events)
      + ['ended' => $state];
  }

  /**
   * Puts new events in order behind those that are stored.
   *
   * @param \stdClass[] $events
   *   The events as they came.
   */
  private function order(LockedRun $run, array $events, int $current, int $attempt): EventOrdering {
    $numbered = [];
    $expected = $run->lastSeq + 1;
    foreach ($events as $event) {
      $event->seq = self::integer($event->seq ?? NULL);
      // A number that is none is refused where it stands.
      $seq = is_int($event->seq) ? $event->seq : $expected;
      $numbered[] = ['seq' => $seq, 'hash' => is_string($event->hash ?? NULL) ? $event->hash : ''];
      $expected = $seq + 1;
    }
    $seqs = array_filter(array_column($numbered, 'seq'), static fn (int $seq): bool => $seq <= $run->lastSeq);
    $hashes = $seqs === [] ? [] : $this->events->hashes($run->id, min($seqs), max($seqs));
    return EventOrdering::decide($run->lastSeq, $current, $attempt, $hashes, $numbered, fn (int $index): bool => $this->errors($events[$index]) === []);
  }

  /**
   * In JSON, 1.0 is the integer 1.
   */
  private static function integer(mixed $number): mixed {
    return is_float($number) && floor($number) === $number && abs($number) < 2 ** 53 ? (int) $number : $number;
  }

  private function errors(\stdClass $event): array {
    // The hash is optional in the event itself; a batch needs it.
    return isset($event->hash) ? $this->contracts->errors($event, 'event') : [
      ['pointer' => '/hash', 'detail' => '"hash" is missing.'],
    ];
  }

  /**
   * What the answer says about the event that was wrong.
   */
  private function explain(EventOrdering $order, array $events): array {
    if ($order->status === EventOrdering::STALE) {
      return ['detail' => 'This is not the attempt that was handed out last. Stop working on the run, and claim it.'];
    }
    if ($order->wrong === NULL) {
      return [];
    }
    $event = $events[$order->wrong];
    $errors = $this->errors($event);
    return match ($order->status) {
      EventOrdering::REFUSED => [
        'refused_seq' => $order->lastSeq + 1,
        'detail' => "{$errors[0]['pointer']}: {$errors[0]['detail']}",
      ],
      EventOrdering::CONFLICT => ['detail' => "Event {$event->seq} is stored here with another content. Go on from last_seq."],
      default => ['detail' => 'Event ' . ($order->lastSeq + 1) . ' is missing.'],
    };
  }

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
   */
  private function apply(LockedRun $run, \stdClass $item, array $stored, int $lastSeq, bool $ends): void {
    $columns = ['last_seq' => $lastSeq] + RunStore::usageColumns($item->end->usage ?? NULL) + RunStore::usageColumns($item->usage ?? NULL);
    $this->spending->book($run, $columns, $stored);
    if ($run->isFinal()) {
      // Late news: they belong to the history, the state stays. What was spent
      // until the sidecar heard of the end was spent.
      $this->runs->update($run->id, $columns);
      return;
    }
    $columns += ['attempt' => (int) $item->attempt];
    $this->outbox->reported($run->uuid);
    if ($ends) {
      $this->end($run, $item->end, $columns + $this->startedColumn($run, $stored));
      return;
    }
    $this->runs->update($run->id, $columns + $this->stateColumns($run, $stored) + $this->startedColumn($run, $stored));
  }

  private function end(LockedRun $run, \stdClass $end, array $columns): void {
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
    if ($this->finisher->finishLocked($run, RunState::from($end->state), $end->reason, $end->message ?? NULL, $columns)) {
      $this->ended[] = $run->id;
    }
  }

  /**
   * State, what it waits for, and why, after the new events.
   */
  private function stateColumns(LockedRun $run, array $stored): array {
    $columns = [];
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
   * Its id and its end are what a sidecar that lost the run looks for. People
   * are told of it when this is committed.
   */
  private function withQuestion(int $run, ?array $waiting): ?array {
    if (($waiting['for'] ?? NULL) === 'approval') {
      $question = $this->events->newest($run, 'approval_requested');
      $waiting['data'] = (object) ((array) $waiting['data'] + array_filter([
        'id' => $question->id ?? NULL,
        'expires' => $question->expires ?? NULL,
        'question' => $question,
      ]));
      if (is_string($question->id ?? NULL)) {
        $this->notices->note($run, $question->id);
      }
    }
    return $waiting;
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
