<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * What is said of a member that a closed document does not have.
 *
 * Pure: no Drupal, PHP 8.2. The sidecar says the same: vectors
 * "unknown-members".
 *
 * @internal
 */
final class UnknownMember {

  /**
   * Longer names are not compared.
   */
  private const MAX_LENGTH = 64;

  /**
   * Letters by which a name may differ from the one that was meant.
   */
  private const DISTANCE = 2;

  /**
   * One sentence or two.
   *
   * @param string $name
   *   The unknown name.
   * @param string[] $known
   *   The names that there are.
   */
  public static function detail(string $name, array $known): string {
    $near = self::near($name, $known);
    $shown = mb_substr($name, 0, self::MAX_LENGTH);
    return "There is no \"$shown\" here. " . ($near === NULL ? 'There are: ' . implode(', ', $known) . '.' : "Did you mean \"$near\"?");
  }

  /**
   * The known name that was probably meant; NULL: none is near.
   */
  private static function near(string $name, array $known): ?string {
    if (strlen($name) > self::MAX_LENGTH) {
      return NULL;
    }
    $best = NULL;
    $least = self::DISTANCE + 1;
    foreach ($known as $candidate) {
      $distance = self::distance(strtolower($name), $candidate);
      if ($distance < $least) {
        [$best, $least] = [$candidate, $distance];
      }
    }
    return $best;
  }

  private static function distance(string $name, string $candidate): int {
    $shorter = min(strlen($name), strlen($candidate));
    if ($shorter > self::DISTANCE && (str_contains($name, $candidate) || str_contains($candidate, $name))) {
      return 0;
    }
    // Of two or less letters nearly everything is near.
    return $shorter > self::DISTANCE || abs(strlen($name) - strlen($candidate)) === 1 ? levenshtein($name, $candidate) : self::DISTANCE + 1;
  }

}
