<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

/**
 * Whether a dispatch key opens anything now, and why not.
 *
 * @internal
 */
enum KeyState {

  case Good;
  case Revoked;
  case Expired;
  // Blocked, or without the permission.
  case OwnerMayNot;

}
