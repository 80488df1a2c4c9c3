<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * The tools of an AI agent, their limits, and what that comes to here.
 *
 * @internal
 */
final readonly class ReadTools {

  /**
   * Constructs a ReadTools object.
   *
   * @param string[] $tools
   *   Tools of background agents.
   * @param \Drupal\background_agents\AiAgents\Reach $reach
   *   The content that the tools are limited to.
   * @param list<\Drupal\background_agents\AiAgents\Note> $notes
   *   What becomes of each.
   */
  public function __construct(
    public array $tools,
    public Reach $reach,
    public array $notes,
  ) {}

}
