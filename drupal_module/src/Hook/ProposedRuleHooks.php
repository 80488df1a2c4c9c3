<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * With an agent go the rules that were proposed for it.
 *
 * @internal
 */
final class ProposedRuleHooks {

  public function __construct(
    private readonly ProposedRules $proposed,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('background_agents_agent_delete')]
  public function agentDeleted(Agent $agent): void {
    $this->proposed->forget($agent);
  }

}
