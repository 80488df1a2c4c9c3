<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * What this request has to send to the sidecar when the response is out.
 */
final class PushQueue {

  /**
   * @var array<string, true>
   */
  private array $runs = [];

  private bool $commands = FALSE;

  /**
   * Notes a run whose job is new in the outbox.
   */
  public function add(string $run): void {
    $this->runs[$run] = TRUE;
  }

  /**
   * Notes that there are new commands, or that the stop switch was moved.
   */
  public function addCommands(): void {
    $this->commands = TRUE;
  }

  /**
   * Takes what is to be sent, once.
   *
   * @return array{runs: string[], commands: bool}
   */
  public function take(): array {
    $taken = ['runs' => array_keys($this->runs), 'commands' => $this->commands];
    $this->runs = [];
    $this->commands = FALSE;
    return $taken;
  }

}
