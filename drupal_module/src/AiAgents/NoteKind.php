<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * What becomes of a part of an AI agent here.
 *
 * @internal
 */
enum NoteKind: string {

  // It means the same here.
  case Taken = 'taken';

  // It is taken over, and works in another way.
  case Different = 'different';

  // It is not taken over, and the agent can do without.
  case LeftOut = 'left_out';

  // It is not taken over, and the agent would be another one without.
  case Missing = 'missing';

}
