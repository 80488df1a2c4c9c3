<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What is known against the agents that an agent may start.
 *
 * @internal
 */
final class StartGaps {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunLimits $limits,
  ) {}

  /**
   * The gaps of an agent.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup[]
   *   A sentence for each, that says what to do.
   */
  public function of(Agent $agent): array {
    if ($agent->getStartableAgents() === []) {
      return [];
    }
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple();
    // As it is in the form, not as it is stored.
    $agents[(string) $agent->id()] = $agent;
    $gaps = [];
    if ($this->limits->maxDepth($agent) === 0) {
      $gaps[] = $this->t('The agents that it may start cannot be started: its limit "Depth of agents starting agents" is 0.');
    }
    foreach (array_keys($agent->getStartableAgents()) as $id) {
      $gaps[] = $this->gap((string) $id, $agents[$id] ?? NULL);
    }
    $gaps[] = $this->loop($agent, $agents);
    return array_values(array_filter($gaps));
  }

  /**
   * What keeps one agent from being started, or from being understood.
   */
  private function gap(string $id, ?Agent $agent): ?TranslatableMarkup {
    return match (TRUE) {
      $agent === NULL => $this->t('The agent "@id", which it may start, does not exist. Take it away at "Other agents".', ['@id' => $id]),
      !$agent->status() => $this->t('The agent @label, which it may start, is disabled, so it is not offered to the model.', ['@label' => $agent->label()]),
      $this->limits->maxDepth($agent) === 0 => $this->t('The agent @label cannot be started by it: its limit "Depth of agents starting agents" is 0.', ['@label' => $agent->label()]),
      $agent->getDescription() === '' => $this->t('The agent @label, which it may start, has no description: the model does not know what it is for.', ['@label' => $agent->label()]),
      default => NULL,
    };
  }

  /**
   * A way on which an agent comes back to itself; NULL: there is none.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, \Drupal\background_agents\Entity\Agent> $agents
   *   All agents, by id.
   */
  private function loop(Agent $agent, array $agents): ?TranslatableMarkup {
    $top = (string) $agent->id();
    $ways = [[$top]];
    $seen = [];
    while ($ways !== []) {
      $way = array_shift($ways);
      $last = $agents[end($way)] ?? NULL;
      foreach (array_keys($last?->getStartableAgents() ?? []) as $next) {
        $next = (string) $next;
        if ($next === $top) {
          $way[] = $top;
          $labels = array_map(static fn (string $id): string => (string) ($agents[$id] ?? NULL)?->label(), $way);
          return $this->t('It may start itself: @way. Such runs go on until the depth of @depth is reached, or a budget is used up. Take one of them away if that is not wanted.', [
            '@way' => implode(' → ', $labels),
            '@depth' => $this->limits->maxDepth($agent),
          ]);
        }
        if (!isset($seen[$next])) {
          $seen[$next] = TRUE;
          $ways[] = [...$way, $next];
        }
      }
    }
    return NULL;
  }

}
