<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

/**
 * What a finding means for the work of an agent.
 *
 * @internal
 */
enum Severity: string {

  // The agent can never do what the row says.
  case Never = 'never';

  // It can do a part of it.
  case Partly = 'partly';

  // Nothing is wrong: people should know it.
  case Note = 'note';

}
