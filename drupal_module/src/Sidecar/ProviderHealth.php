<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * How a provider of models answers, as a sidecar told.
 *
 * @internal
 */
enum ProviderHealth: string {

  case Works = 'works';
  case Unknown = 'unknown';
  case KeyMissing = 'key_missing';
  case KeyRefused = 'key_refused';
  case Unreachable = 'unreachable';

  /**
   * Whether nothing is known against it.
   */
  public function mayWork(): bool {
    return $this === self::Works || $this === self::Unknown;
  }

}
