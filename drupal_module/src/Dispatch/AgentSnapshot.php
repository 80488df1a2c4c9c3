<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The `agent` document of a job: what the agent is when the job is made.
 *
 * @internal
 */
final class AgentSnapshot {

  public function __construct(
    private readonly RunLimits $limits,
    private readonly AgentVersions $versions,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The document, with the version of the definition and the limits that hold.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, int> $most
   *   Limits that the run was handed down, by name.
   *
   * @return array<string, mixed>
   *   As contracts/agent has it.
   */
  public function of(Agent $agent, array $most = []): array {
    $snapshot = $agent->toSnapshot(RunLimits::lowered($this->limits->resolve($agent), $most));
    if (isset($snapshot['binding']['agents'])) {
      $snapshot['binding']['agents'] = $this->agents($snapshot['binding']['agents']);
    }
    return $snapshot + ['version' => $this->versions->keep($agent)->number];
  }

  /**
   * The agents that it may start, with what each is for and takes.
   *
   * Those that are gone or disabled are left out: they could not be started.
   *
   * @param list<array{id: string, wait: bool}> $named
   *   As the binding names them.
   *
   * @return list<array<string, mixed>>
   *   As contracts/agent has them.
   */
  private function agents(array $named): array {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple(array_column($named, 'id'));
    $told = [];
    foreach ($named as $one) {
      $agent = $agents[$one['id']] ?? NULL;
      if ($agent instanceof Agent && $agent->status()) {
        $told[] = $one + [
          'label' => (string) $agent->label(),
          'description' => $agent->getDescription(),
          'input_schema' => $agent->getInputSchema(),
        ];
      }
    }
    return $told;
  }

}
