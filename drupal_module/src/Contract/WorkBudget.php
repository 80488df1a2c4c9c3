<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * What looking at one document may cost: a schema that others wrote may branch.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class WorkBudget {

  private const LOOKS = 500_000;
  private const SECONDS = 1.0;

  /**
   * How often a place of a value was looked at.
   */
  private int $looks = 0;

  /**
   * When the time is over, in seconds of the monotonic clock.
   */
  private readonly float $until;

  public function __construct() {
    $this->until = hrtime(TRUE) / 1e9 + self::SECONDS;
  }

  /**
   * Notes a look of a schema at a value, or a pattern's at a text.
   *
   * @throws \Drupal\background_agents\Contract\TooMuchWork
   */
  public function spend(): void {
    if (++$this->looks > self::LOOKS || ($this->looks % 64 === 0 && $this->isOver())) {
      throw new TooMuchWork();
    }
  }

  /**
   * Notes that a pattern's work was cut off.
   *
   * @throws \Drupal\background_agents\Contract\TooMuchWork
   */
  public function cutOff(): void {
    if ($this->isOver()) {
      throw new TooMuchWork();
    }
  }

  private function isOver(): bool {
    return hrtime(TRUE) / 1e9 > $this->until;
  }

}
