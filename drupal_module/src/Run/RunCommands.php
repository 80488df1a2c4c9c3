<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Sidecar\PushQueue;

/**
 * Tells runs what to do: cancel, pause, resume, retry, decide.
 *
 * Saying the same again changes nothing. Access (operation "manage" of the run)
 * is checked by the caller.
 *
 * @api
 */
final class RunCommands {

  public const COMMANDS = ['cancel', 'pause', 'resume', 'retry', 'decide'];

  /**
   * The answers that a decision may be, as in the job.
   */
  public const DECISIONS = ['done', 'again', 'give_up', 'approve', 'reject'];

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly RunFinisher $finisher,
    private readonly RunRetry $retry,
    private readonly CommandQueue $queue,
    private readonly PushQueue $push,
    private readonly AuditLog $audit,
    private readonly EventStore $events,
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
   *   May have note; decide needs id and decision, retry may have id and
   *   from_step.
   *
   * @return \Drupal\background_agents\Entity\Run
   *   The run as it is now.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 run_ended, not_ended, decided, agent_gone, step_gone; 422 invalid,
   *   key_reused; 403 site_stopped.
   */
  public function give(Run $run, string $command, ?int $uid, array $data = []): Run {
    match ($command) {
      'cancel' => $this->cancel($run, $uid, $data),
      'pause', 'resume' => $this->once($run, $command, $uid, $data),
      'decide' => $this->decide($run, $uid, $data),
      'retry' => $this->retry->retry($run, $uid, $data),
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
      $this->finisher->finish($run->uuid(), RunState::Cancelled, 'cancelled', $data['note'] ?? NULL, fn () => $this->cancelledHere($run, $uid, $data));
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
      $this->add($run, $command, $uid, array_intersect_key($data, ['note' => TRUE]));
    }
  }

  /**
   * Adds a command for the sidecar, and keeps who gave it: both, or neither.
   */
  private function add(Run $run, string $command, ?int $uid, array $data): void {
    $this->transactions->run(function () use ($run, $command, $uid, $data): void {
      $this->queue->add($run, $command, $data, $uid);
      $this->audit->record(Decision::aboutRun($run, $command, $uid, self::door($uid), $data));
    });
    $this->push->addCommands();
  }

  /**
   * A run that nobody took has no sidecar that tells of its end.
   */
  private function cancelledHere(Run $run, ?int $uid, array $data): void {
    $name = $this->audit->record(Decision::aboutRun($run, 'cancel', $uid, self::door($uid), $data));
    $told = array_filter(['by' => $name, 'note' => (string) ($data['note'] ?? '')]);
    $this->events->append((int) $run->id(), 1, 'run_finished', [
      'state' => RunState::Cancelled->value,
      'reason' => 'cancelled',
    ] + $told);
    $this->runs->update((int) $run->id(), ['last_seq' => 1]);
  }

  private static function door(?int $uid): string {
    return $uid === NULL ? Decision::DRUSH : Decision::SITE;
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
    $this->add($run, 'decide', $uid, array_intersect_key($data, ['id' => TRUE, 'decision' => TRUE, 'note' => TRUE]));
  }

  private function refuseEnded(Run $run): void {
    if ($run->isFinal()) {
      throw ProblemException::of(409, 'run_ended', 'The run has ended', "The run has ended: {$run->getState()->value}. It can be retried.");
    }
    if ($run->getDueTime() !== NULL) {
      throw ProblemException::of(409, 'not_begun', 'The run begins later', 'The run has not begun: it can only be cancelled before its time.');
    }
  }

}
