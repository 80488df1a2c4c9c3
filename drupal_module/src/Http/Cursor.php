<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

/**
 * The place after which a list goes on, as clients hand it back.
 *
 * What it is made of is nobody's business but ours; it gives no access. Pure:
 * no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Cursor {

  /**
   * Writes a place.
   *
   * @param list<int> $numbers
   *   What says where it is; none negative.
   */
  public static function write(array $numbers): string {
    return rtrim(strtr(base64_encode(implode('.', $numbers)), '+/', '-_'), '=');
  }

  /**
   * Reads what write() wrote.
   *
   * @param string $text
   *   What a client gave.
   * @param int $count
   *   How many numbers it has.
   *
   * @return list<int>|null
   *   The numbers; NULL: it is not that.
   */
  public static function read(string $text, int $count): ?array {
    $plain = preg_match('/^[A-Za-z0-9_-]{1,128}$/D', $text) === 1 ? base64_decode(strtr($text, '-_', '+/'), TRUE) : FALSE;
    if ($plain === FALSE || preg_match('/^(0|[1-9][0-9]{0,17})(\.(0|[1-9][0-9]{0,17}))*$/D', $plain) !== 1) {
      return NULL;
    }
    $numbers = array_map(intval(...), explode('.', $plain));
    return count($numbers) === $count && self::write($numbers) === $text ? $numbers : NULL;
  }

}
