<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Keeps the marks of accounts in step with the agents.
 *
 * @internal
 */
final class AgentAccountHooks {

  public function __construct(
    private readonly AccountMarks $marks,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_delete(): a later agent of the same id gets no account of an earlier one.
   */
  #[Hook('background_agents_agent_delete')]
  public function deleted(Agent $agent): void {
    $this->marks->forget((string) $agent->id());
  }

  /**
   * Implements hook_ENTITY_TYPE_update(): an agent with a new id keeps its account.
   */
  #[Hook('background_agents_agent_update')]
  public function updated(Agent $agent): void {
    $before = $agent->getOriginal();
    if (!$before instanceof Agent || $before->id() === $agent->id()) {
      return;
    }
    $account = $this->marks->account($before);
    if ($account !== NULL) {
      $this->marks->assign($agent, $account, $this->marks->role($before));
      $this->marks->forget((string) $before->id());
    }
  }

}
