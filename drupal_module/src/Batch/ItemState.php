<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * The states of an item of a batch.
 *
 * @internal
 */
enum ItemState: string {

  // Its run is not made yet.
  case Waiting = 'waiting';
  // It has a run, which failed and is to be retried.
  case Again = 'again';
  // It has a run, which tells the rest.
  case Started = 'started';
  // No run was made: the reason says why.
  case Refused = 'refused';
  // It was taken out before its run was made. A cancelled run is made of it.
  case Cancelled = 'cancelled';

  /**
   * The states in which an item is still to be let in.
   *
   * @return string[]
   *   Values.
   */
  public static function toBeLetIn(): array {
    return [self::Waiting->value, self::Again->value];
  }

  /**
   * The states in which something is still to be done about an item.
   *
   * @return string[]
   *   Values.
   */
  public static function withoutEnd(): array {
    return [...self::toBeLetIn(), self::Cancelled->value];
  }

}
