<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

/**
 * Options of a link: what a request names is laid over what is there.
 *
 * Drupal prints any attribute that an option names, and lets editors set none
 * of them: an agent sets only those that cannot run a script.
 *
 * @internal
 */
final class LinkOptions {

  private const KNOWN = ['attributes', 'query', 'fragment'];

  private const ATTRIBUTES = [
    'target',
    'rel',
    'class',
    'title',
    'id',
    'hreflang',
    'lang',
    'download',
    'aria-label',
    'aria-describedby',
  ];

  /**
   * Returns the options to store.
   *
   * @param array<string, mixed> $present
   *   The stored options.
   * @param mixed $given
   *   What the request says; null empties a member.
   *
   * @return array<string, mixed>
   *   The options to store.
   *
   * @throws \InvalidArgumentException
   *   With a sentence for the model.
   */
  public static function merge(array $present, mixed $given): array {
    if (!is_array($given)) {
      throw new \InvalidArgumentException('The options of a link are an object.');
    }
    self::refuseOthers($given, $present, self::KNOWN, 'options');
    if (isset($given['attributes'])) {
      if (!is_array($given['attributes'])) {
        throw new \InvalidArgumentException('The attributes of a link are an object.');
      }
      self::refuseOthers($given['attributes'], (array) ($present['attributes'] ?? []), self::ATTRIBUTES, 'attributes');
    }
    return self::over($present, $given);
  }

  private static function refuseOthers(array $given, array $present, array $known, string $what): void {
    $changed = array_filter($given, static fn (mixed $value, int|string $name): bool => !array_key_exists($name, $present) || !ItemPairs::isSame($value, $present[$name]), ARRAY_FILTER_USE_BOTH);
    $others = array_diff(array_map(strval(...), array_keys($changed)), $known);
    if ($others !== []) {
      throw new \InvalidArgumentException(sprintf('Of the %s of a link an agent sets: %s. Leave out: %s.', $what, implode(', ', $known), implode(', ', $others)));
    }
  }

  private static function over(array $present, array $given): array {
    foreach ($given as $name => $value) {
      if ($value === NULL) {
        unset($present[$name]);
        continue;
      }
      $isMap = is_array($value) && !array_is_list($value) && is_array($present[$name] ?? NULL);
      $present[$name] = $isMap ? self::over($present[$name], $value) : $value;
    }
    return $present;
  }

}
