<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

/**
 * What the module keeps in state, for its removal.
 *
 * @internal
 */
final class KeptState {

  public const array NAMES = [
    'background_agents.stopped',
    'background_agents.breaker',
    'background_agents.last_contact',
    'background_agents.last_refusal',
    'background_agents.contacts',
    'background_agents.sidecar_findings',
    'background_agents.cron_triggers',
    'background_agents.changes_seen',
    'background_agents.batches',
  ];

}
