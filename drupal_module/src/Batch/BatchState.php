<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * The states of a batch.
 *
 * @internal
 */
enum BatchState: string {

  // Its items are let in, as the lane has room.
  case Running = 'running';
  // No more items are let in; runs that have begun go on.
  case Paused = 'paused';
  // Nothing of it is waiting or at work.
  case Done = 'done';

}
