<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The agents whose binding names a kind of content.
 *
 * @internal
 */
final class AgentsOfContent {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Agents that may do something with content of a bundle, by label.
   *
   * @return \Drupal\background_agents\Entity\Agent[]
   *   By id; also those that are not active.
   */
  public function of(string $entityType, string $bundle): array {
    $agents = array_filter(
      $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple(),
      static fn (mixed $agent): bool => $agent instanceof Agent && ($agent->getContent()[$entityType][$bundle] ?? []) !== [],
    );
    uasort($agents, static fn (Agent $a, Agent $b): int => strnatcasecmp((string) $a->label(), (string) $b->label()));
    return $agents;
  }

}
