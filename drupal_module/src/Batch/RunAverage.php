<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * What runs of an agent have cost and taken, on average.
 *
 * @internal
 */
final readonly class RunAverage {

  public function __construct(
    // Of how many runs.
    public int $runs,
    // Millionths of a US dollar.
    public float $cost,
    public float $tokens,
    // At work.
    public float $seconds,
  ) {}

}
