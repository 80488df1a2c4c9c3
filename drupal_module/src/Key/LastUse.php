<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

/**
 * When, by which door and from which address a dispatch key was used last.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class LastUse {

  public function __construct(
    public readonly int $time,
    public readonly string $door,
    public readonly string $address,
  ) {}

}
