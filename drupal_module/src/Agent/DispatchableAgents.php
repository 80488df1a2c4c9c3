<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The enabled agents that the account of this request may run.
 *
 * @internal
 */
final class DispatchableAgents {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Returns one of them; NULL: there is none that the account may run.
   */
  public function one(string $id): ?Agent {
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($id);
    return $agent instanceof Agent && $agent->status() && $agent->access('run') ? $agent : NULL;
  }

  /**
   * Returns them in the order of their ids.
   *
   * @return \Drupal\background_agents\Entity\Agent[]
   *   The agents, as a list.
   */
  public function all(): array {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]);
    ksort($agents);
    return array_values(array_filter($agents, static fn (Agent $agent): bool => $agent->access('run')));
  }

}
