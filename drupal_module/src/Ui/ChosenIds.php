<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

/**
 * The rows that a person chose in a list, as an address carries them.
 *
 * @internal
 */
final class ChosenIds {

  /**
   * At most so many at once, however long a page of the list is.
   */
  public const int MOST = 200;

  /**
   * The ids in an address: numbers with hyphens between them.
   *
   * @return list<int>
   *   Each once.
   */
  public static function of(mixed $text): array {
    $isList = is_string($text) && preg_match('/^\d{1,10}(-\d{1,10})*$/D', $text) === 1;
    $ids = $isList ? array_map(intval(...), explode('-', $text)) : [];
    return array_slice(array_values(array_unique($ids)), 0, self::MOST);
  }

}
