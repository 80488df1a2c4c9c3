<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

/**
 * What becomes of one field when a run is undone.
 *
 * @internal
 */
enum Verdict: string {

  // The former value comes back.
  case Back = 'back';
  // A draft that waits puts it back already.
  case Waiting = 'waiting';
  // Somebody has changed it since: it stays.
  case Left = 'left';
  // Nothing of the agent stands there.
  case Nothing = 'nothing';
  // The person may not edit the field.
  case Denied = 'denied';
  // The former value is not allowed any more.
  case Invalid = 'invalid';

}
