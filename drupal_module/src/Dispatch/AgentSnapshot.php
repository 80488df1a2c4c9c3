<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Agent;

/**
 * The `agent` document of a job: what the agent is when the job is made.
 *
 * @internal
 */
final class AgentSnapshot {

  public function __construct(
    private readonly RunLimits $limits,
    private readonly AgentVersions $versions,
  ) {}

  /**
   * The document, with the version of the definition and the limits that hold.
   *
   * @return array<string, mixed>
   *   As contracts/agent has it.
   */
  public function of(Agent $agent): array {
    return $agent->toSnapshot($this->limits->resolve($agent)) + ['version' => $this->versions->keep($agent)->number];
  }

}
