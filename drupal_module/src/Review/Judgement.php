<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;

/**
 * Whose work a save holds, compared with what visitors saw before.
 *
 * @internal
 */
final class Judgement {

  /**
   * Starts without a change by a person, after which an agent is not started.
   */
  private const int MAX_STARTS = 3;

  /**
   * Whether a person changed something.
   */
  public bool $isPersons = FALSE;

  /**
   * Whether later saves need to know of it.
   */
  public bool $isKept = FALSE;

  /**
   * How often agents were started since a person last changed something.
   *
   * @var array<string, int>
   */
  public array $starts = [];

  /**
   * Id of the row that keeps it, once it is written.
   */
  public ?int $row = NULL;

  /**
   * Constructs a Judgement object.
   *
   * @param string[] $agents
   *   Ids of the agents whose work it is alone; empty: a person changed it.
   * @param array<string, string> $before
   *   Prints of what visitors saw before, by field.
   * @param array<string, string> $after
   *   Prints of what is saved.
   * @param string $fingerprint
   *   Of what is saved.
   * @param bool $isLive
   *   Whether visitors will see it.
   */
  public function __construct(
    public readonly array $agents,
    public readonly array $before,
    public readonly array $after,
    public readonly string $fingerprint,
    public readonly bool $isLive,
  ) {}

  /**
   * Whether the save may start an agent.
   */
  public function mayStart(string $agent): bool {
    return !in_array($agent, $this->agents, TRUE) && !$this->isAtLimit($agent);
  }

  /**
   * Whether an agent was started too often without a change by a person.
   */
  public function isAtLimit(string $agent): bool {
    return ($this->starts[$agent] ?? 0) >= self::MAX_STARTS;
  }

  /**
   * Whether something of a draft is in what is saved, and was not before.
   */
  public function takesFrom(Change $change): bool {
    return $this->ofOwn($change, fn (string $name, ?string $print): bool => ($this->after[$name] ?? NULL) === $print && ($this->before[$name] ?? NULL) !== $print);
  }

  /**
   * Whether each field that the agent set is as it was before the draft.
   */
  public function throwsAway(Change $change): bool {
    return $change->getPrints() !== NULL && !$this->ofOwn($change, fn (string $name): bool => ($this->after[$name] ?? NULL) !== ($this->before[$name] ?? NULL));
  }

  /**
   * Whether no word of what the agent set was changed.
   */
  public function keepsWordsOf(Change $change): bool {
    return $change->getPrints() !== NULL && !$this->ofOwn($change, fn (string $name, ?string $print): bool => !Fingerprint::haveSameWords($this->after[$name] ?? NULL, $print));
  }

  /**
   * Whether a test is true for a field that the agent set.
   *
   * @param callable(string, ?string): bool $test
   *   Gets the field's name, and its print in the draft.
   */
  private function ofOwn(Change $change, callable $test): bool {
    $prints = $change->getPrints();
    foreach ($prints['own'] ?? [] as $name) {
      if ($test($name, $prints['fields'][$name] ?? NULL)) {
        return TRUE;
      }
    }
    return FALSE;
  }

}
