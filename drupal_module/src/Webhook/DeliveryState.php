<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * Where a delivery is.
 *
 * @internal
 */
enum DeliveryState: string {

  case Waiting = 'waiting';
  case Sent = 'sent';
  case GivenUp = 'given_up';

}
