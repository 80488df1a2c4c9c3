<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\Component\Datetime\TimeInterface;

/**
 * A clock that a test sets, and that ends the process when it is told to.
 */
final class TurnedClock implements TimeInterface {

  /**
   * Which of the next calls throws; NULL: none.
   */
  public ?int $callsUntilCrash = NULL;

  public function __construct(
    public int $now = 1767225600,
  ) {}

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
    return $this->now;
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
    return $this->now;
  }

}
