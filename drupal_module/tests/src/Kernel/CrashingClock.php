<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\Component\Datetime\TimeInterface;

/**
 * A clock that ends the process when it was asked often enough.
 */
final class CrashingClock implements TimeInterface {

  public int $now;

  /**
   * Which call throws; NULL: none.
   */
  public ?int $callsUntilCrash = NULL;

  public function __construct() {
    $this->now = time();
  }

  /**
   * {@inheritdoc}
   */
  public function getRequestTime(): int {
    return $this->now;
  }

  /**
   * {@inheritdoc}
   */
  public function getRequestMicroTime(): float {
    return (float) $this->now;
  }

  /**
   * {@inheritdoc}
   */
  public function getCurrentTime(): int {
    if ($this->callsUntilCrash !== NULL && --$this->callsUntilCrash < 1) {
      throw new \RuntimeException('The process ends here.');
    }
    return $this->now;
  }

  /**
   * {@inheritdoc}
   */
  public function getCurrentMicroTime(): float {
    return (float) $this->now;
  }

}
