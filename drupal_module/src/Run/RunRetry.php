<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Dispatch\RunFactory;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;

/**
 * Starts ended runs again, as new generations: whole, or from a step.
 *
 * From a step, the new generation begins with the finished units of all steps
 * before it, and with the drafts that those steps left.
 *
 * @internal
 */
final class RunRetry {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly RunFactory $factory,
    private readonly KeptSteps $kept,
    private readonly CommandQueue $queue,
    private readonly StopSwitch $stopSwitch,
    private readonly PushQueue $push,
    private readonly AuditLog $audit,
  ) {}

  /**
   * Starts an ended run again.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int|null $uid
   *   Who says it.
   * @param array<string, mixed> $data
   *   May have from_step, the first step that is done anew; id, since the same
   *   id again is the same command; and note.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 not_ended, step_gone, agent_gone, account_missing; 422 invalid,
   *   key_reused; 403 site_stopped. Nothing was changed.
   */
  public function retry(Run $run, ?int $uid, array $data): void {
    // NULL is no step: who sends it means another one than the first.
    $from = array_key_exists('from_step', $data) ? $data['from_step'] : 1;
    // In JSON, 3.0 is the integer 3.
    $from = is_float($from) && floor($from) === $from ? (int) $from : $from;
    if (!is_int($from) || $from < 1) {
      throw ProblemException::of(422, 'invalid', 'The step is not valid', '/from_step: This must be the number of a step, from 1.');
    }
    if ($this->wasSaid($run, $data['id'] ?? '', $from)) {
      return;
    }
    if ($this->stopSwitch->isStopped()) {
      throw ProblemException::of(403, 'site_stopped', 'Agents are stopped', 'All agents of this site are stopped. An administrator can start them again.');
    }
    $agent = $run->getAgent();
    if ($agent === NULL || !($agent->status() || $run->isDryRun())) {
      throw ProblemException::of(409, 'agent_gone', 'The agent is gone', 'The agent of this run was deleted or disabled.');
    }
    $account = $this->factory->accountOf($agent)
      ?? throw ProblemException::of(409, 'account_missing', 'The agent has no account', "The agent \"{$agent->id()}\" has no account on this site. Choose its role in its form.");
    $row = $this->transactions->run(fn (): ?OutboxRow => $this->retryLocked($run, $agent, $uid, [
      'from_step' => $from,
      'account' => $account,
    ] + $data));
    if ($row !== NULL) {
      $this->push->add($row);
    }
  }

  /**
   * Whether this very command was given before.
   */
  private function wasSaid(Run $run, string $id, int $from): bool {
    $said = $id === '' ? NULL : $this->queue->retryOf((int) $run->id(), $id);
    if ($said !== NULL && $said['from_step'] !== $from) {
      throw ProblemException::of(422, 'key_reused', 'The id was used before', "A retry with this id was asked for before, from step {$said['from_step']}. Use another id for another command.");
    }
    return $said !== NULL;
  }

  /**
   * Returns the new job; NULL when the same command came in between.
   *
   * @return \Drupal\background_agents\Sidecar\OutboxRow|null
   *   The new job; NULL when the same command came in between.
   */
  private function retryLocked(Run $run, Agent $agent, ?int $uid, array $data): ?OutboxRow {
    $row = $this->runs->lock($run->uuid());
    if ($this->wasSaid($run, $data['id'] ?? '', $data['from_step'])) {
      return NULL;
    }
    if ($row === NULL || !$row->isFinal()) {
      throw ProblemException::of(409, 'not_ended', 'The run has not ended', 'Only a run that has ended can be retried.');
    }
    $generation = $row->generation + 1;
    $steps = $this->kept->steps($row->id, $row->generation);
    $begin = $data['from_step'] > 1 ? $this->kept->keep($row, $steps, $data['from_step']) : NULL;
    $this->kept->restart($row->id, $generation, $begin);
    $said = array_intersect_key($data, ['id' => TRUE, 'from_step' => TRUE, 'note' => TRUE]);
    $this->queue->add($run, 'retry', $said, $uid, done: TRUE);
    $door = $uid !== NULL ? Decision::SITE : ($data['door'] ?? Decision::DRUSH);
    $name = $this->audit->record(Decision::aboutRun($run, 'retry', $uid, $door, $said));
    $this->runs->update($row->id, [
      'state' => RunState::Queued->value,
      'generation' => $generation,
      'account' => $data['account'],
      'reason' => NULL,
      'message' => NULL,
      'finished' => NULL,
      'started' => NULL,
      // The limits hold for a generation; the history keeps what was spent.
    ] + $steps->usage($data['from_step'], Run::USAGE));
    $told = array_filter(['by' => $name, 'note' => (string) ($data['note'] ?? '')]);
    $job = $this->factory->requeue($this->runs->load($row->id), $agent, $generation, ($told === [] ? [] : ['retried' => $told]) + ($begin === NULL ? [] : [
      'from_step' => $data['from_step'],
      'checkpoints' => [$begin],
    ]));
    $this->runs->update($row->id, $job->agentFields());
    return $job;
  }

}
