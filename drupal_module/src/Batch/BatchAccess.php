<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Who may see and steer batches: who asked for one, and who looks after runs.
 *
 * Agents never do.
 *
 * @internal
 */
final class BatchAccess {

  public function __construct(
    private readonly BatchStore $batches,
    private readonly RunContext $runContext,
    private readonly AgentAccounts $accounts,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly CurrentKey $currentKey,
  ) {}

  /**
   * Who may see a batch.
   */
  public function view(int $batch, AccountInterface $account): AccessResultInterface {
    return $this->may($batch, $account, 'view any background agent run');
  }

  /**
   * Who may pause, resume and cancel a batch, and have runs retried.
   */
  public function manage(int $batch, AccountInterface $account): AccessResultInterface {
    return $this->may($batch, $account, 'manage any background agent run');
  }

  /**
   * Which batches an account sees in a list, as it may open them.
   */
  public function scope(AccountInterface $account): BatchScope {
    return new BatchScope(RunListAccess::seesAll($account) ? NULL : (int) $account->id(), $this->currentKey->of($account)?->agents);
  }

  /**
   * Who may choose content to run an agent over: who may run one at least.
   */
  public function start(AccountInterface $account): AccessResultInterface {
    $agents = $account->isAnonymous() || $this->isAgent($account) ? [] : $this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]);
    $may = array_filter($agents, static fn (EntityInterface $agent): bool => $agent->access('run', $account));
    return AccessResult::allowedIf($may !== [])->setCacheMaxAge(0);
  }

  /**
   * Anybody but agents; the rest is asked by others.
   */
  public function people(AccountInterface $account): AccessResultInterface {
    return AccessResult::allowedIf($account->isAuthenticated() && !$this->isAgent($account))->setCacheMaxAge(0);
  }

  /**
   * Whether an agent is asking.
   */
  public function isAgent(AccountInterface $account): bool {
    return $this->runContext->current() !== NULL || $this->accounts->isAgentAccount($account);
  }

  private function may(int $batch, AccountInterface $account, string $permission): AccessResultInterface {
    $found = $this->isAgent($account) ? NULL : $this->batches->load($batch);
    $isOwn = $account->isAuthenticated() && $found?->uid === (int) $account->id();
    $may = $isOwn || $account->hasPermission('administer background agents') || $account->hasPermission($permission);
    $isForKey = $found === NULL || $this->currentKey->of($account)?->isFor($found->agent) !== FALSE;
    return AccessResult::allowedIf($found !== NULL && $may && $isForKey)->setCacheMaxAge(0);
  }

}
