<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\user\UserInterface;

/**
 * Asks Drupal what an agent may do, as if a run of it were at work.
 *
 * Outside of a run an agent's account has no permission, so access that was
 * asked there is always "no", and Drupal remembers answers by account for the
 * rest of the request. So it is asked of an account that is not saved, in the
 * context of a run that is not saved, and what was remembered is forgotten
 * before and after. The agent need not be saved either.
 *
 * @internal
 */
final class AsAgent {

  /**
   * Id of an account that the site cannot have.
   */
  private const int NOBODY = 2147483647;

  private const string RUN = '00000000-0000-4000-8000-000000000000';

  public function __construct(
    private readonly RunContext $runContext,
    private readonly AgentAccounts $accounts,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountSwitcherInterface $accountSwitcher,
  ) {}

  /**
   * Asks a question as the agent.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent, with a role.
   * @param callable(\Drupal\user\UserInterface): mixed $question
   *   The question; it gets the account.
   *
   * @return mixed
   *   The answer.
   */
  public function ask(Agent $agent, callable $question): mixed {
    $account = $this->account($agent);
    $run = $this->entityTypeManager->getStorage('background_agents_run')->create([
      'uuid' => self::RUN,
      'agent' => $agent,
      'account' => $account->uuid(),
      'trigger_type' => 'manual',
      'generation' => 1,
    ]);
    assert($run instanceof Run);
    $this->forget($agent);
    $this->runContext->enter($run, $account);
    $this->accountSwitcher->switchTo($account);
    try {
      return $question($account);
    }
    finally {
      $this->accountSwitcher->switchBack();
      $this->runContext->leave();
      $this->forget($agent);
    }
  }

  /**
   * An account with the roles that the agent's has, or will have.
   */
  private function account(Agent $agent): UserInterface {
    $own = $agent->isNew() ? NULL : $this->accounts->accountOf($agent);
    $account = $this->entityTypeManager->getStorage('user')->create([
      'uid' => $own?->id() ?? self::NOBODY,
      'name' => $own?->getAccountName() ?? 'agent',
      'status' => 1,
      'roles' => array_values(array_unique([...$own?->getRoles(TRUE) ?? [], ...array_filter([$agent->getRole()])])),
    ]);
    assert($account instanceof UserInterface);
    return $account;
  }

  /**
   * Makes Drupal forget the answers that depend on who is asked.
   */
  private function forget(Agent $agent): void {
    drupal_static_reset('filter_formats');
    foreach ([...array_keys($agent->getContent()), 'filter_format'] as $type) {
      if ($this->entityTypeManager->hasDefinition((string) $type)) {
        $this->entityTypeManager->getAccessControlHandler((string) $type)->resetCache();
      }
    }
  }

}
