<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\background_agents\Entity\Run;

/**
 * Tells people how far runs are: what they do now, a share, the time left.
 *
 * The service of this name may be replaced, such as by one that reads from
 * another store. Access to the run is checked by the caller.
 *
 * @api
 */
interface ProgressStoreInterface {

  /**
   * How far a run is.
   *
   * @return \Drupal\background_agents\Progress\ProgressReport|null
   *   NULL: nothing is told of it, such as when its agent tells no progress.
   */
  public function report(Run $run): ?ProgressReport;

  /**
   * What a run did, a sentence each.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int $after
   *   The number of the last sentence that the reader has; 0: none.
   * @param int $limit
   *   At most so many events are read.
   *
   * @return list<\Drupal\background_agents\Progress\ProgressItem>
   *   The oldest first; empty when nothing is told of it.
   */
  public function items(Run $run, int $after = 0, int $limit = 200): array;

}
