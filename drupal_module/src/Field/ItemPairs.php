<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

/**
 * Finds out which present item of a field a given one goes on from.
 *
 * An item that is given with what it is known by (a link's address, a
 * reference's target) is that item, wherever it stands in the list. Any other
 * value takes the place of the item at its delta, and what it does not name
 * stays; a reference to something else takes over nothing.
 *
 * @internal
 */
final class ItemPairs {

  /**
   * Pairs the items of a request with the items that are there.
   *
   * @param list<array<string, mixed>> $given
   *   Properties by name, for each item of a request.
   * @param list<array<string, mixed>> $present
   *   The same of the items that are there, as reading shows them.
   * @param string|null $identity
   *   The property by which an item is known; NULL: by its place alone.
   * @param bool $isReference
   *   Whether the identity is a reference's target.
   *
   * @return array<int, int|null>
   *   Delta of the present item by delta of the given one; NULL: a new item.
   */
  public static function find(array $given, array $present, ?string $identity, bool $isReference): array {
    $passes = [
      static fn (array $item, array $there, bool $isSamePlace): bool => self::isPart($item, $there) && ($isSamePlace || array_key_exists((string) $identity, $item)),
      static fn (array $item, array $there): bool => $identity !== NULL && isset($item[$identity]) && self::isSame($item[$identity], $there[$identity] ?? NULL),
      static fn (array $item, array $there, bool $isSamePlace): bool => $isSamePlace && !($isReference && array_key_exists((string) $identity, $item)),
    ];
    $pairs = [];
    $free = $present;
    foreach ($passes as $fits) {
      foreach (array_diff_key($given, $pairs) as $delta => $item) {
        $found = self::first($item, $delta, $free, $fits);
        if ($found !== NULL) {
          $pairs[$delta] = $found;
          unset($free[$found]);
        }
      }
    }
    return $pairs + array_fill_keys(array_keys($given), NULL);
  }

  /**
   * Whether each property that an item names is as it is there.
   */
  public static function isPart(array $item, array $there): bool {
    foreach ($item as $name => $value) {
      if (!array_key_exists($name, $there) || !self::isSame($value, $there[$name])) {
        return FALSE;
      }
    }
    return $item !== [];
  }

  /**
   * Whether two JSON values are the same; members of an object in any order.
   */
  public static function isSame(mixed $one, mixed $other): bool {
    if (is_array($one) && is_array($other)) {
      return count($one) === count($other) && ($one === [] || self::isPart($one, $other));
    }
    $areNumbers = (is_int($one) || is_float($one)) && (is_int($other) || is_float($other));
    return $areNumbers ? (float) $one === (float) $other : $one === $other;
  }

  private static function first(array $item, int $delta, array $free, \Closure $fits): ?int {
    $deltas = array_keys($free);
    usort($deltas, static fn (int $a, int $b): int => ($b === $delta) <=> ($a === $delta) ?: $a <=> $b);
    foreach ($deltas as $candidate) {
      if ($fits($item, $free[$candidate], $candidate === $delta)) {
        return $candidate;
      }
    }
    return NULL;
  }

}
