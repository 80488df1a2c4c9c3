<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

/**
 * What a run has used.
 *
 * @internal
 */
trait UsageTrait {

  /**
   * The fields of what it has spent, named as in the contract.
   */
  public const array USAGE = [
    'steps',
    'tool_calls',
    'input_tokens',
    'output_tokens',
    'cost_micros',
    'writes',
    'driven_seconds',
  ];

  /**
   * Returns what the run has used so far.
   *
   * @return array{steps: int, tool_calls: int, input_tokens: int, output_tokens: int, cost_micros: int, writes: int, driven_seconds: int}
   */
  public function getUsage(): array {
    $usage = [];
    foreach (self::USAGE as $name) {
      $usage[$name] = (int) $this->get($name)->value;
    }
    return $usage;
  }

}
