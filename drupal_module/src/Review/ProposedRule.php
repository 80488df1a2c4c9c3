<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * A rule that a reviewer proposes for an agent.
 *
 * @internal
 */
final readonly class ProposedRule {

  /**
   * Sets what is given.
   *
   * @param int $id
   *   Its id.
   * @param string $text
   *   The rule, one line.
   * @param string $name
   *   Who proposed it: the name then, or a pseudonym.
   * @param int $created
   *   When, in Unix seconds.
   */
  public function __construct(
    public int $id,
    public string $text,
    public string $name,
    public int $created,
  ) {}

}
