<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * JSON as it is stored and sent. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Json {

  /**
   * The flags of all documents: slashes, text and `1.0` stay as they are.
   */
  public const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;

  /**
   * Encodes a value; objects as \stdClass, or as arrays with names.
   *
   * @throws \JsonException
   *   When the value is no JSON, such as a string that is no UTF-8.
   */
  public static function encode(mixed $value): string {
    return json_encode($value, self::FLAGS);
  }

  /**
   * A Unix time as the contracts write it.
   */
  public static function time(int $unix): string {
    return gmdate('Y-m-d\TH:i:s\Z', $unix);
  }

}
