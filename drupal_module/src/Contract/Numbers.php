<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * The numbers of documents. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Numbers {

  /**
   * The highest value of counters: attempts, generations, events, rows.
   *
   * The columns are signed integers of 32 bits.
   */
  public const MAX_COUNTER = 2147483647;

  /**
   * The highest amount of money (in millionths) and of tokens.
   */
  public const MAX_AMOUNT = 1000000000000000;

  /**
   * Finds a number in a decoded document that is not finite, such as 1e999.
   *
   * @return string|null
   *   JSON pointer; NULL: all numbers can be stored and sent.
   */
  public static function notFinite(mixed $value, string $pointer = ''): ?string {
    if (is_float($value)) {
      return is_finite($value) ? NULL : $pointer;
    }
    if (!is_array($value) && !$value instanceof \stdClass) {
      return NULL;
    }
    foreach ((array) $value as $name => $member) {
      $found = self::notFinite($member, $pointer . '/' . str_replace(['~', '/'], ['~0', '~1'], (string) $name));
      if ($found !== NULL) {
        return $found;
      }
    }
    return NULL;
  }

}
