<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\Database\Query\SelectInterface;

/**
 * Which batches somebody sees in a list, for the database to decide.
 *
 * @internal
 */
final class BatchScope {

  /**
   * Constructs a BatchScope object.
   *
   * @param int|null $uid
   *   Only those that this person asked for; NULL: of everybody.
   * @param string[]|null $agents
   *   Only of agents with these ids; NULL: of all agents.
   */
  public function __construct(
    public readonly ?int $uid,
    public readonly ?array $agents = NULL,
  ) {}

  /**
   * Restricts a query of batches.
   */
  public function restrict(SelectInterface $query, string $alias): void {
    if ($this->uid !== NULL) {
      $query->condition("$alias.uid", $this->uid);
    }
    if ($this->agents === []) {
      $query->alwaysFalse();
    }
    elseif ($this->agents !== NULL) {
      $query->condition("$alias.agent", $this->agents, 'IN');
    }
  }

}
