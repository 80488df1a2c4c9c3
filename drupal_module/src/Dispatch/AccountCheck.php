<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;

/**
 * Whether an agent has an account that it can act as.
 *
 * @internal
 */
final class AccountCheck {

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly AccountProvider $provider,
  ) {}

  /**
   * Refuses an agent without one, and one that is blocked or no agent's.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  public function refuseUnfit(Agent $agent): void {
    // An agent that came by configuration gets its account here at the latest.
    $account = $this->provider->provide($agent);
    if ($account === NULL) {
      throw DispatchRefused::of(409, 'account_missing', 'The agent has no account', "The agent \"{$agent->id()}\" has no account on this site. " . $this->accounts->accountProblems($agent)[0]);
    }
    if (!$account->isActive()) {
      throw DispatchRefused::of(409, 'account_blocked', "The agent's account is blocked", "The account \"{$account->getAccountName()}\" of the agent \"{$agent->id()}\" is blocked. Activate it, or choose another one.");
    }
    $refusal = $this->accounts->refusal($account);
    if ($refusal !== NULL) {
      throw DispatchRefused::of(409, 'account_refused', "The agent's account cannot act as an agent", $refusal);
    }
  }

}
