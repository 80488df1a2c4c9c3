<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;

/**
 * All that is known not to fit together in an agent, without asking as a run.
 *
 * @internal
 */
final class KnownGaps {

  public function __construct(
    private readonly ModelGaps $models,
    private readonly StartGaps $starts,
  ) {}

  /**
   * The gaps of an agent.
   *
   * @return list<string|\Stringable>
   *   A sentence for each, that says what to do.
   */
  public function of(Agent $agent): array {
    return [...AgentGaps::of($agent), ...$this->models->of($agent), ...$this->starts->of($agent)];
  }

}
