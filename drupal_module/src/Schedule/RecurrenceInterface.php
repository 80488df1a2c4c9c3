<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * A rule by which times come again.
 *
 * @internal
 */
interface RecurrenceInterface {

  /**
   * The times of the rule in a span, ascending.
   *
   * @param int $after
   *   Unix seconds; a time at that second is left out.
   * @param int $until
   *   Unix seconds; a time at that second is one of them.
   *
   * @return iterable<int>
   *   Unix seconds.
   */
  public function times(int $after, int $until): iterable;

}
