<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A worker has begun with a run. Once for each generation, after the commit.
 *
 * @api
 */
final class RunStartedEvent extends Event {

  public function __construct(
    public readonly Run $run,
  ) {}

}
