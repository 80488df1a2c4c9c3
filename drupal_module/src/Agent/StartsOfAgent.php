<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * What starts an agent, and which of its runs have not ended.
 *
 * @internal
 */
final class StartsOfAgent {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Labels of the active triggers of an agent, by id.
   *
   * @return array<string, string>
   *   The labels, in their order.
   */
  public function triggers(Agent $agent): array {
    $active = ['agent' => $agent->id(), 'status' => TRUE];
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties($active);
    $labels = array_map(static fn (Trigger $trigger): string => (string) $trigger->label(), $triggers);
    asort($labels);
    return $labels;
  }

  /**
   * Labels of the other active agents that may start an agent, by id.
   *
   * @return array<string, string>
   *   The labels, in their order.
   */
  public function agents(Agent $agent): array {
    $labels = [];
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]) as $id => $other) {
      assert($other instanceof Agent);
      if ($id !== $agent->id() && isset($other->getStartableAgents()[$agent->id()])) {
        $labels[$id] = (string) $other->label();
      }
    }
    asort($labels);
    return $labels;
  }

  /**
   * How many runs of an agent wait or are at work.
   */
  public function openRuns(Agent $agent): int {
    return (int) $this->entityTypeManager->getStorage('background_agents_run')->getQuery()->accessCheck(FALSE)
      ->condition('agent', $agent->id())
      ->condition('state', RunState::open(), 'IN')
      ->count()->execute();
  }

}
