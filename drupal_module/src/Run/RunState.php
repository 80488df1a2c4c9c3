<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * The states of a run, and the one table of its transitions.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @api
 */
enum RunState: string {

  // Waits for a worker.
  case Queued = 'queued';
  // A worker drives it.
  case Running = 'running';
  // Waits for an approval, an agent, a retry or Drupal.
  case Waiting = 'waiting';
  // A person paused it.
  case Paused = 'paused';
  // Ended with a result.
  case Completed = 'completed';
  // Ended with an error or at a limit.
  case Failed = 'failed';
  // A person ended it.
  case Cancelled = 'cancelled';
  // Nobody took or answered it in time.
  case Expired = 'expired';

  private const OPEN = ['queued', 'running', 'waiting', 'paused'];

  /**
   * The state an event leads to; NULL when it leads to none.
   */
  public static function afterEvent(string $type): ?self {
    return match ($type) {
      'run_queued' => self::Queued,
      'run_started', 'run_resumed' => self::Running,
      'run_waiting', 'run_retrying' => self::Waiting,
      'run_paused' => self::Paused,
      default => NULL,
    };
  }

  /**
   * Whether a run in this state has ended. The first final state wins.
   */
  public function isFinal(): bool {
    return !in_array($this->value, self::OPEN, TRUE);
  }

  /**
   * Whether a run in this state may go to another one.
   *
   * An open state goes to each other one: events of a run that is continued
   * start anywhere. An ended run stays ended; the retry of a person is no
   * transition, it starts a new generation.
   */
  public function canBecome(self $next): bool {
    return !$this->isFinal() && $next !== $this;
  }

  /**
   * Returns the states in which a run has not ended.
   *
   * @return string[]
   *   The states in which a run has not ended.
   */
  public static function open(): array {
    return self::OPEN;
  }

}
