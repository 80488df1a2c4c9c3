<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A run has ended. Dispatched after its end was committed.
 *
 * @api
 */
abstract class RunEndedEvent extends Event {

  public function __construct(
    public readonly Run $run,
  ) {}

}
