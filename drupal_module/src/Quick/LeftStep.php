<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

/**
 * What the acting person may not do, and who does it how.
 *
 * @internal
 */
final readonly class LeftStep {

  /**
   * Sets one step.
   *
   * @param string|\Stringable $what
   *   What is to be done, and where.
   * @param string $who
   *   The roles that may; '' when there is none.
   */
  public function __construct(
    public string|\Stringable $what,
    public string $who,
  ) {}

}
