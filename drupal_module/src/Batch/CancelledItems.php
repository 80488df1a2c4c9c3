<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\RecordedDecision;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Component\Uuid\Php;

/**
 * Makes the runs of items that were cancelled before they were let in.
 *
 * They are cancelled runs from the beginning: there never is a job, a token,
 * or a notice of their end. Nobody listens to them, since thousands may be
 * cancelled with one click, and a person did it: hooks of entities and events
 * of ends would start something for each.
 *
 * @internal
 */
final class CancelledItems {

  /**
   * Items of one transaction.
   */
  private const int SLICE = 50;

  public function __construct(
    private readonly Transactions $transactions,
    private readonly ItemStore $items,
    private readonly ItemContent $content,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly EventStore $events,
    private readonly AuditLog $audit,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Makes the runs of some items of a batch.
   *
   * @return bool
   *   FALSE: none is left.
   */
  public function makeSome(Batch $batch): bool {
    $items = $this->items->cancelled($batch->id, self::SLICE);
    $targets = $this->content->targets(array_column($items, 'item'));
    $this->transactions->run(function () use ($batch, $items, $targets): void {
      $byDecision = [];
      foreach ($items as $number => ['item' => $item, 'decision' => $decision]) {
        $run = (new Php())->generate();
        // Whoever changes the row first makes the run.
        if ($this->items->change($batch->id, $item, ItemState::Cancelled, ItemState::Started, ['run' => $run])) {
          $byDecision[(int) $decision][] = ['uuid' => $run, 'reason' => $item->reason ?? 'cancelled'] + $targets[$number];
        }
      }
      foreach ($byDecision as $decision => $rows) {
        $this->insert($batch, $this->audit->aboutRuns($decision, array_column($rows, 'uuid')), $rows);
      }
    });
    return count($items) === self::SLICE;
  }

  /**
   * Inserts runs that one person cancelled at once.
   *
   * @param \Drupal\background_agents\Batch\Batch $batch
   *   The batch.
   * @param \Drupal\background_agents\Audit\RecordedDecision|null $decision
   *   Who cancelled them, and when; NULL: the site.
   * @param list<array<string, mixed>> $rows
   *   UUID, reason and content of each.
   */
  private function insert(Batch $batch, ?RecordedDecision $decision, array $rows): void {
    $time = $decision->time ?? $this->time->getCurrentTime();
    $note = (string) $decision?->note;
    $ids = $this->runs->insertEnded(array_map(static fn (array $row): array => $row + [
      'agent' => $batch->agent,
      'agent_label' => $batch->agentLabel,
      'uid' => $batch->uid,
      'batch' => $batch->id,
      'state' => RunState::Cancelled->value,
      'message' => $note === '' ? NULL : $note,
      'trigger_type' => $batch->door,
      'via_means' => $batch->via?->means,
      'via_key' => $batch->via?->key,
      'via_name' => $batch->via?->name,
      'last_seq' => 1,
      'created' => $time,
      'updated' => $time,
      'finished' => $time,
    ], $rows));
    $told = array_filter(['by' => (string) $decision?->name, 'note' => $note], static fn (string $text): bool => $text !== '');
    foreach ($rows as $row) {
      $this->data->insert($ids[$row['uuid']], $batch->input);
      $this->events->append($ids[$row['uuid']], 1, 'run_finished', [
        'state' => RunState::Cancelled->value,
        'reason' => $row['reason'],
      ] + $told);
    }
  }

}
