<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop\Hook;

use Drupal\background_agents_flowdrop\WaitingFlows;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Lets flows go on that were missed.
 *
 * @internal
 */
final class CronHooks {

  public function __construct(
    private readonly WaitingFlows $flows,
  ) {}

  /**
   * Implements hook_cron().
   */
  #[Hook('cron')]
  public function cron(): void {
    $this->flows->byCron();
  }

}
