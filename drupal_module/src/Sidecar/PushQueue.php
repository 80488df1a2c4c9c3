<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * What this request has to send to the sidecar when the response is out.
 *
 * @internal
 */
final class PushQueue {

  /**
   * As many as one request to the sidecar takes; cron sends the others.
   */
  public const JOBS = 20;

  /**
   * New rows of the outbox, with their jobs.
   *
   * @var \Drupal\background_agents\Sidecar\OutboxRow[]
   */
  private array $rows = [];

  /**
   * Whether commands wait to be pushed.
   */
  private bool $commands = FALSE;

  /**
   * Whether schedules were changed.
   */
  private bool $schedules = FALSE;

  /**
   * Whether runs were made that begin later.
   */
  private bool $delayed = FALSE;

  /**
   * Notes that a run was made that begins later.
   */
  public function addDelayed(): void {
    $this->delayed = TRUE;
  }

  /**
   * Whether messages of webhooks wait to be sent.
   */
  private bool $webhooks = FALSE;

  /**
   * Notes a job that is new in the outbox.
   */
  public function add(OutboxRow $row): void {
    if (count($this->rows) < self::JOBS) {
      $this->rows[] = $row;
    }
  }

  /**
   * Notes that there are new commands, or that the stop switch was moved.
   */
  public function addCommands(): void {
    $this->commands = TRUE;
  }

  /**
   * Notes that schedules were changed.
   */
  public function addSchedules(): void {
    $this->schedules = TRUE;
  }

  /**
   * Notes that messages of webhooks wait to be sent, or that it was told.
   */
  public function setWebhooks(bool $wait): void {
    $this->webhooks = $wait;
  }

  /**
   * Whether there is nothing to be sent.
   */
  public function isEmpty(): bool {
    return $this->rows === [] && !$this->commands && !$this->schedules && !$this->delayed && !$this->webhooks;
  }

  /**
   * Takes what is to be sent, once.
   *
   * @return array{rows: \Drupal\background_agents\Sidecar\OutboxRow[], commands: bool, schedules: bool, delayed: bool, webhooks: bool}
   */
  public function take(): array {
    $taken = [
      'rows' => $this->rows,
      'commands' => $this->commands,
      'schedules' => $this->schedules,
      'delayed' => $this->delayed,
      'webhooks' => $this->webhooks,
    ];
    $this->rows = [];
    $this->commands = FALSE;
    $this->schedules = FALSE;
    $this->delayed = FALSE;
    $this->webhooks = FALSE;
    return $taken;
  }

}
