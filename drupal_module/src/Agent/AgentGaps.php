<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;

/**
 * What does not fit together in an agent: it can run, but not do its work.
 *
 * @internal
 */
final class AgentGaps {

  /**
   * The operation on content that a tool is for.
   */
  private const array TOOLS = [
    'read_item' => 'read',
    'find_items' => 'read',
    'create_draft' => 'create',
    'revise_draft' => 'revise',
  ];

  /**
   * The gaps of an agent.
   *
   * @return string[]
   *   A sentence for each, that says what to do.
   */
  public static function of(Agent $agent): array {
    return [...self::tools($agent), ...self::content($agent)];
  }

  /**
   * Tools that have nothing to work on.
   *
   * @return string[]
   *   At most one sentence.
   */
  private static function tools(Agent $agent): array {
    $idle = array_filter(array_intersect($agent->getTools(), array_keys(self::TOOLS)), static fn (string $tool): bool => self::bundles($agent, self::TOOLS[$tool]) === []);
    return $idle === [] ? [] : [sprintf('There is no content for the tools "%s". Check at "Content" what the agent may touch with them, or take them away.', implode('", "', $idle))];
  }

  /**
   * Content that no tool can touch.
   *
   * @return string[]
   *   The sentences.
   */
  private static function content(Agent $agent): array {
    $gaps = [];
    if ($agent->getContent() !== [] && $agent->getTools() === []) {
      return ['The agent may touch content, but has no tools to do it. Check them at "Content".'];
    }
    foreach (['create_draft' => 'create', 'revise_draft' => 'revise'] as $tool => $operation) {
      $bundles = self::bundles($agent, $operation);
      if ($bundles !== [] && !in_array($tool, $agent->getTools(), TRUE)) {
        $gaps[] = sprintf('The agent may %s "%s", but cannot without the tool "%s". Check it at "Content".', $operation, implode('", "', $bundles), $tool);
      }
    }
    return $gaps;
  }

  /**
   * Returns the bundles that an operation is allowed on.
   *
   * @return string[]
   *   The bundles that an operation is allowed on.
   */
  private static function bundles(Agent $agent, string $operation): array {
    $found = [];
    foreach ($agent->getContent() as $bundles) {
      $found = [
        ...$found,
        ...array_keys(array_filter($bundles, static fn (array $operations): bool => in_array($operation, $operations, TRUE))),
      ];
    }
    return array_map(strval(...), $found);
  }

}
