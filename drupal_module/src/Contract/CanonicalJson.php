<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * JSON that is equal for equal documents, for hashing.
 *
 * Keys sorted by code point, no white space, slashes and non-ASCII characters
 * unescaped. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class CanonicalJson {

  private const FLAGS = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR;

  /**
   * Encodes a value canonically.
   *
   * @param mixed $value
   *   Objects as \stdClass or as arrays that are not lists. An empty array is
   *   an empty list: give an empty object as \stdClass.
   *
   * @throws \JsonException
   *   When the value is no JSON, such as a string that is no UTF-8.
   */
  public static function encode(mixed $value): string {
    return json_encode(self::sorted($value), self::FLAGS);
  }

  private static function sorted(mixed $value): mixed {
    if ($value instanceof \stdClass) {
      return self::sortedObject((array) $value);
    }
    if (is_array($value)) {
      return array_is_list($value) ? array_map(self::sorted(...), $value) : self::sortedObject($value);
    }
    return $value;
  }

  private static function sortedObject(array $members): \stdClass {
    // UTF-8 sorts by bytes as it does by code points.
    ksort($members, SORT_STRING);
    return (object) array_map(self::sorted(...), $members);
  }

}
