<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * A process of the sidecar, as it told last. Times are Unix seconds, 0: never.
 *
 * @internal
 */
final readonly class Process {

  public function __construct(
    public string $name,
    public string $host,
    public bool $doors,
    public bool $worker,
    public string $version,
    public string $python,
    public int $started,
    public int $memoryMb,
    public int $capacity,
    public int $held,
    public int $lastClaim,
    public int $heard,
  ) {}

}
