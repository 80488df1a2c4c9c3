<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The agents of this site, and what each lacks, for its sidecar.
 *
 * @internal
 */
final class AgentStatus {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * All agents, also those that are disabled.
   *
   * @return array<int, array<string, mixed>>
   */
  public function all(): array {
    return array_values(array_map($this->agent(...), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple()));
  }

  private function agent(Agent $agent): array {
    $account = $this->accounts->accountOf($agent);
    return [
      'id' => $agent->id(),
      'label' => (string) $agent->label(),
      'status' => $agent->status(),
      'model' => $agent->getModel(),
      // Names of secrets at the most: the doctor looks whether it has them.
      'mcp_servers' => array_map(
        static fn (array $server): array => array_intersect_key($server, [
          'name' => TRUE,
          'url' => TRUE,
          'secret' => TRUE,
        ]),
        $agent->toSnapshot()['binding']['mcp_servers'],
      ),
      'account' => $account?->getAccountName(),
      'active' => $account?->isActive() ?? FALSE,
      'missing' => $this->accounts->validate($agent),
    ];
  }

}
