<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * How long to wait after the first, second, ... failure.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class RetryDelays {

  /**
   * Seconds after the first failure from which another one is the last.
   */
  public const DAY = 86400;

  private const SECONDS = [5, 30, 120, 600, 1800, 3600, 7200, 14400];

  /**
   * Seconds until the next attempt.
   *
   * @param int $failures
   *   How many there were, at least 1.
   * @param int|null $asked
   *   What the receiver asked for, by Retry-After.
   * @param float $chance
   *   Between 0 and 1: many do not come back at the same moment.
   */
  public static function after(int $failures, ?int $asked, float $chance): int {
    $seconds = self::SECONDS[min(max($failures, 1), count(self::SECONDS)) - 1];
    $longest = self::SECONDS[count(self::SECONDS) - 1];
    return max((int) ceil($seconds * (1 + 0.1 * $chance)), min($asked ?? 0, $longest));
  }

}
