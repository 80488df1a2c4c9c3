<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * What came of a due time.
 *
 * @internal
 */
enum DueResult: string {

  // It waits for the run before to end.
  case Waiting = 'waiting';
  // A run was made.
  case Started = 'started';
  // A failed run was made, which says why.
  case Refused = 'refused';
  // Nobody was there at the time, and a later one took its place, or none had
  // to.
  case Missed = 'missed';
  // The run before was still going on.
  case Skipped = 'skipped';

}
