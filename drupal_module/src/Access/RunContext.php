<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Entity\Run;

/**
 * The run on whose behalf this request works, if any.
 *
 * Set by the authentication with a run token and by the draft writer. What is
 * written meanwhile is the agent's, whatever account is current.
 *
 * @internal
 */
final class RunContext {

  /**
   * The runs that were entered, the innermost last.
   *
   * @var \Drupal\background_agents\Entity\Run[]
   */
  private array $runs = [];

  /**
   * Enters a run. Every enter() needs its leave(), best in a `finally`.
   */
  public function enter(Run $run): void {
    $this->runs[] = $run;
  }

  /**
   * Leaves the run that was entered last.
   */
  public function leave(): void {
    array_pop($this->runs);
  }

  /**
   * The current run; NULL when the request is not a run's.
   */
  public function current(): ?Run {
    return $this->runs === [] ? NULL : $this->runs[array_key_last($this->runs)];
  }

}
