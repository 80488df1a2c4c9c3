<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * How often drafts are sent back, and which of them stay.
 *
 * Pure: no Drupal, PHP 8.2. Vectors "rounds" and "kept-drafts" bind.
 *
 * @internal
 */
final class Rounds {

  /**
   * More would go in circles: then a person does the rest.
   */
  public const MOST = 5;

  /**
   * Whether drafts that were sent back so often may be sent back once more.
   */
  public static function allows(int $sent): bool {
    return $sent < self::MOST;
  }

  /**
   * Whether the end of a generation takes back a draft that waits.
   *
   * A retry does the work of its round anew. Drafts of earlier rounds are what
   * it was asked to change: they stay.
   */
  public static function takesBack(int $draftGeneration, int $draftRound, int $generation, int $round): bool {
    return $draftGeneration < $generation && $draftRound === $round;
  }

  /**
   * Whether a draft that lay beneath one that was taken back waits again.
   */
  public static function waitsAgain(int $draftGeneration, int $draftRound, int $generation, int $round): bool {
    return $draftGeneration === $generation || $draftRound < $round;
  }

}
