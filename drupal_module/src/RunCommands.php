<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Exception\ProblemException;
use Drupal\Core\Database\Connection;

/**
 * Tells runs what to do: cancel, pause, resume, retry, decide.
 *
 * Saying the same again changes nothing. Access (operation "manage" of the run)
 * is checked by the caller.
 */
final class RunCommands {

  public const COMMANDS = ['cancel', 'pause', 'resume', 'retry', 'decide'];

  /**
   * The answers that a decision may be, as in the job.
   */
  public const DECISIONS = ['done', 'again', 'give_up', 'approve', 'reject'];

  public function __construct(
    private readonly Connection $database,
    private readonly RunStore $runs,
    private readonly RunFactory $factory,
    private readonly RunFinisher $finisher,
    private readonly CommandQueue $queue,
    private readonly StopSwitch $stopSwitch,
    private readonly PushQueue $push,
  ) {}

  /**
   * Gives a command.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $command
   *   One of COMMANDS.
   * @param int|null $uid
   *   Who says it; NULL: nobody in particular, such as Drush.
   * @param array<string, mixed> $data
   *   note?; for decide also id and decision.
   *
   * @return \Drupal\background_agents\Entity\Run
   *   The run as it is now.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   *   409 run_ended, not_ended, decided, agent_gone; 422 invalid; 403
   *   site_stopped.
   */
  public function give(Run $run, string $command, ?int $uid, array $data = []): Run {
    match ($command) {
      'cancel' => $this->cancel($run, $uid, $data),
      'pause', 'resume' => $this->once($run, $command, $uid, $data),
      'decide' => $this->decide($run, $uid, $data),
      'retry' => $this->retry($run),
      default => throw ProblemException::of(404, 'not_found', 'No such command', "There is no command \"$command\"."),
    };
    return $this->runs->load((int) $run->id()) ?? $run;
  }

  private function cancel(Run $run, ?int $uid, array $data): void {
    if ($run->getState() === RunState::Cancelled) {
      return;
    }
    // Nothing was heard of it: its token dies with the end, and a sidecar that
    // already has the job is told with its first events.
    if ($run->getState() === RunState::Queued && $run->getLastSeq() === 0) {
      $this->finisher->finish($run->uuid(), RunState::Cancelled, 'cancelled', $data['note'] ?? NULL);
      return;
    }
    $this->once($run, 'cancel', $uid, $data);
  }

  /**
   * Adds a command, unless the same is the last one that is not done.
   */
  private function once(Run $run, string $command, ?int $uid, array $data): void {
    $this->refuseEnded($run);
    if ($this->queue->pendingCommand((int) $run->id()) !== $command) {
      $this->queue->add($run, $command, array_intersect_key($data, ['note' => TRUE]), $uid);
      $this->push->addCommands();
    }
  }

  private function decide(Run $run, ?int $uid, array $data): void {
    $this->refuseEnded($run);
    $id = $data['id'] ?? NULL;
    $decision = $data['decision'] ?? NULL;
    if (!is_string($id) || $id === '' || !in_array($decision, self::DECISIONS, TRUE)) {
      throw ProblemException::of(422, 'invalid', 'The decision is not complete', 'Give the id of the question, and a decision: ' . implode(', ', self::DECISIONS) . '.');
    }
    foreach ($this->queue->answers((int) $run->id(), $run->getGeneration()) as $answer) {
      if ($answer['id'] === $id && $answer['decision'] === $decision) {
        return;
      }
      if ($answer['id'] === $id) {
        throw ProblemException::of(409, 'decided', 'Decided already', "This question was answered already: {$answer['decision']}.");
      }
    }
    $this->queue->add($run, 'decide', array_intersect_key($data, ['id' => TRUE, 'decision' => TRUE, 'note' => TRUE]), $uid);
    $this->push->addCommands();
  }

  /**
   * Starts an ended run again, as a new generation.
   */
  private function retry(Run $run): void {
    if ($this->stopSwitch->isStopped()) {
      throw ProblemException::of(403, 'site_stopped', 'Agents are stopped', 'All agents of this site are stopped. An administrator can start them again.');
    }
    $agent = $run->getAgent();
    if ($agent === NULL || !$agent->status()) {
      throw ProblemException::of(409, 'agent_gone', 'The agent is gone', 'The agent of this run was deleted or disabled.');
    }
    $transaction = $this->database->startTransaction();
    try {
      $this->retryLocked($run->uuid(), $agent);
    }
    catch (\Throwable $error) {
      $transaction->rollBack();
      throw $error;
    }
    $transaction->commitOrRelease();
    $this->push->add($run->uuid());
  }

  private function retryLocked(string $uuid, Agent $agent): void {
    $row = $this->runs->lock($uuid);
    if ($row === NULL || !RunState::from($row->state)->isFinal()) {
      throw ProblemException::of(409, 'not_ended', 'The run has not ended', 'Only a run that has ended can be retried.');
    }
    $this->runs->update($row->id, [
      'state' => RunState::Queued->value,
      'generation' => $row->generation + 1,
      'account' => $agent->getAccountUuid(),
      'reason' => NULL,
      'message' => NULL,
      'finished' => NULL,
      'started' => NULL,
      // The limits hold for a generation; the history keeps what was spent.
    ] + array_fill_keys(Run::USAGE, 0));
    $this->factory->requeue($this->runs->load($row->id), $agent, $row->generation + 1);
  }

  private function refuseEnded(Run $run): void {
    if ($run->isFinal()) {
      throw ProblemException::of(409, 'run_ended', 'The run has ended', "The run has ended: {$run->getState()->value}. It can be retried.");
    }
  }

}
