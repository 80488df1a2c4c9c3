<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

/**
 * What came of one field that an agent changed.
 *
 * @internal
 */
final class FieldOutcome {

  /**
   * Constructs a FieldOutcome object.
   *
   * @param float $share
   *   The share of the agent's change that is live, 0 to 1.
   * @param float $weight
   *   What the field counts among the others.
   * @param bool $isUnaltered
   *   Whether nothing of the agent's was altered.
   */
  public function __construct(
    public readonly float $share,
    public readonly float $weight,
    public readonly bool $isUnaltered,
  ) {}

}
