<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Http\ProblemException;

/**
 * No run is made; the problem says why and what to do.
 *
 * Codes: agent_unknown, agent_disabled, ai_agent_unfit, forbidden,
 * site_stopped, account_missing, account_blocked, input_invalid,
 * input_schema_invalid, workspace, depth, queue_full, content_gone, busy,
 * update_pending.
 *
 * @api
 */
final class DispatchRefused extends ProblemException {

  /**
   * Begins the reason of a run that was not let begin.
   */
  public const string REASON = 'dispatch:';

  /**
   * The run's reason, when a run is made to tell of the refusal.
   */
  public function reason(): string {
    return self::REASON . $this->problem->code;
  }

}
