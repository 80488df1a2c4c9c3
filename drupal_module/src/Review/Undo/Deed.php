<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

/**
 * What is done with one item when a run is undone.
 *
 * @internal
 */
enum Deed: string {

  // Fields go back, in a draft of the person.
  case Restore = 'restore';
  // What the run made is deleted.
  case Delete = 'delete';
  // What the run made is unpublished.
  case Unpublish = 'unpublish';
  // Nothing: the reason says why.
  case Leave = 'leave';

}
