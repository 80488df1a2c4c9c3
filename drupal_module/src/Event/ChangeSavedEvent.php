<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A run left a draft. The draft writer dispatches it after the commit.
 *
 * @api
 */
final class ChangeSavedEvent extends Event {

  public function __construct(
    public readonly Change $change,
    public readonly Run $run,
  ) {}

}
