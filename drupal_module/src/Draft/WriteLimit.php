<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

/**
 * Whether a run may leave one more draft.
 *
 * As all limits of a run, it holds for a generation: what older ones left does
 * not count, what this one took over from them does. Pure: no Drupal, PHP 8.2.
 * The sidecar counts alike: vectors "writes".
 *
 * @internal
 */
final class WriteLimit {

  /**
   * Tells whether a run may leave one more draft.
   *
   * @param int $limit
   *   Drafts per run; 0: no limit.
   * @param int $granted
   *   How often a person has allowed as much again.
   * @param int $drafts
   *   Drafts of the present generation.
   */
  public static function allows(int $limit, int $granted, int $drafts): bool {
    return $limit === 0 || $drafts < $limit * (1 + $granted);
  }

}
