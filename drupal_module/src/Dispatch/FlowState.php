<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

/**
 * How a step of a flow stands.
 *
 * @api
 */
enum FlowState {

  // The run goes on, or cannot be made yet: look again later.
  case Waiting;

  // The run has ended well.
  case Done;

  // The run was refused, or has ended otherwise.
  case Failed;

}
