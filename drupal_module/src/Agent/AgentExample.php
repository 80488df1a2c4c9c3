<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

/**
 * An input that shows what an agent is for, with a title.
 *
 * @internal
 */
final readonly class AgentExample {

  /**
   * So many an agent has of its own, and so long a title.
   */
  public const int MOST = 10;
  public const int LABEL = 100;

  public function __construct(
    public string $label,
    public \stdClass $input,
  ) {}

}
