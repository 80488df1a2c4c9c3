<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Entity\Run;
use Drupal\user\UserInterface;

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
   * The accounts of runs that are not saved, in the same order.
   *
   * @var array<\Drupal\user\UserInterface|null>
   */
  private array $accounts = [];

  /**
   * Enters a run. Every enter() needs its leave(), best in a `finally`.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param \Drupal\user\UserInterface|null $account
   *   The run's account, where it is not saved: then nobody could load it.
   */
  public function enter(Run $run, ?UserInterface $account = NULL): void {
    $this->runs[] = $run;
    $this->accounts[] = $account;
  }

  /**
   * Leaves the run that was entered last.
   */
  public function leave(): void {
    array_pop($this->runs);
    array_pop($this->accounts);
  }

  /**
   * The current run; NULL when the request is not a run's.
   */
  public function current(): ?Run {
    return $this->runs === [] ? NULL : $this->runs[array_key_last($this->runs)];
  }

  /**
   * The account of the current run that is not saved; NULL: load it.
   */
  public function account(): ?UserInterface {
    return $this->accounts === [] ? NULL : $this->accounts[array_key_last($this->accounts)];
  }

}
