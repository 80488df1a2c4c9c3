<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\Core\DependencyInjection\ContainerBuilder;

/**
 * The site has the time that the test sets.
 */
trait TurnedTime {

  /**
   * The clock of the site.
   */
  protected TurnedClock $clock;

  /**
   * {@inheritdoc}
   */
  public function register(ContainerBuilder $container): void {
    parent::register($container);
    $this->clock ??= static::clock();
    $container->set('datetime.time', $this->clock);
  }

  /**
   * What the clock shows first.
   */
  protected static function clock(): TurnedClock {
    return new TurnedClock();
  }

}
