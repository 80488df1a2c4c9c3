<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Dispatch\RunFactory;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\CheckpointStore;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;

/**
 * Begins the next round of a run whose drafts people sent back.
 *
 * A generation that begins afresh: nothing is kept of what the model said, and
 * the limits count anew. The drafts stay, whoever changed them meanwhile.
 *
 * @internal
 */
final class NextRound {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly SentBackStore $sentBack,
    private readonly RunFactory $factory,
    private readonly CheckpointStore $checkpoints,
    private readonly StopSwitch $stopSwitch,
    private readonly PushQueue $push,
  ) {}

  /**
   * Begins the round, if one is due. Once, however often it is called.
   *
   * Not to be called in a transaction: the account may have to be made.
   *
   * @return bool
   *   FALSE when nothing waits, the run has not ended, or nobody could work.
   */
  public function begin(string $uuid): bool {
    $run = $this->runs->byUuid($uuid);
    if ($run === NULL || !$run->isFinal() || $this->stopSwitch->isStopped() || !$this->sentBack->isWaiting((int) $run->id())) {
      return FALSE;
    }
    $agent = $run->getAgent();
    $account = $agent?->status() ? $this->factory->accountOf($agent) : NULL;
    if ($agent === NULL || $account === NULL) {
      return FALSE;
    }
    $row = $this->transactions->run(fn (): ?OutboxRow => $this->beginLocked($run, $agent, $account));
    if ($row !== NULL) {
      $this->push->add($row);
    }
    return $row !== NULL;
  }

  private function beginLocked(Run $run, Agent $agent, string $account): ?OutboxRow {
    $row = $this->runs->lock($run->uuid());
    // Another process may have begun it since.
    if ($row === NULL || !$row->isFinal() || !$this->sentBack->isWaiting($row->id)) {
      return NULL;
    }
    $generation = $row->generation + 1;
    $this->sentBack->beginRound($row->id, $row->round + 1);
    $this->checkpoints->restart($row->id, $generation, NULL);
    $this->runs->update($row->id, [
      'state' => RunState::Queued->value,
      'generation' => $generation,
      'round' => $row->round + 1,
      'account' => $account,
      'reason' => NULL,
      'message' => NULL,
      'finished' => NULL,
      'started' => NULL,
      // The limits hold for a generation; the history keeps what was spent.
    ] + array_fill_keys(Run::USAGE, 0));
    $job = $this->factory->requeue($this->runs->load($row->id), $agent, $generation);
    $this->runs->update($row->id, $job->agentFields());
    return $job;
  }

}
