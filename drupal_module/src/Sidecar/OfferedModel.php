<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * A model that a sidecar can ask.
 *
 * @internal
 */
final class OfferedModel {

  /**
   * Constructs an OfferedModel object.
   *
   * @param string $id
   *   As an agent names it: provider:model.
   * @param string $label
   *   For people.
   * @param \Drupal\background_agents\Sidecar\OfferedProvider $provider
   *   Who serves it, and how that one answers.
   */
  public function __construct(
    public readonly string $id,
    public readonly string $label,
    public readonly OfferedProvider $provider,
  ) {}

  /**
   * Whether nothing is known against it.
   */
  public function mayWork(): bool {
    return $this->provider->health->mayWork();
  }

}
