<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The accounts whose rights bound those of a run.
 *
 * Who asked for it, and where agents started agents, the accounts of all runs
 * above: an agent gains nothing by starting another one.
 *
 * @internal
 */
final class RunSuperiors {

  /**
   * Runs above one another that are looked at.
   */
  private const int LEVELS = 20;

  /**
   * The accounts, by UUID of the run.
   *
   * @var array<string, list<\Drupal\user\UserInterface|null>>
   */
  private array $known = [];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * The accounts; NULL stands for one that is gone.
   *
   * @return list<\Drupal\user\UserInterface|null>
   *   Empty when nobody asked, as of cron.
   */
  public function of(Run $run): array {
    $asked = $run->getRequesterId() === NULL ? [] : [$run->getRequester()];
    return $this->known[$run->uuid()] ??= [...$asked, ...$this->above($run)];
  }

  /**
   * Whether one of them may not act any more, or is gone.
   */
  public function areLost(Run $run): bool {
    foreach ($this->of($run) as $account) {
      if (!$account?->isActive()) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * The accounts of the runs that started it, one after the other.
   *
   * What a trigger or a model started because of an agent's work was set up by
   * an administrator, and is bound by no agent.
   *
   * @return list<\Drupal\user\UserInterface|null>
   *   NULL for an account, or a whole run, that is gone.
   */
  private function above(Run $run): array {
    $accounts = [];
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    for ($level = 0; $level < self::LEVELS && $run->getTriggerType() === 'agent' && $run->getParentUuid() !== NULL; $level++) {
      $runs = $storage->loadByProperties(['uuid' => $run->getParentUuid()]);
      $run = reset($runs);
      if (!$run instanceof Run) {
        return [...$accounts, NULL];
      }
      $accounts[] = $this->accounts->load($run->getAccountUuid());
    }
    return $accounts;
  }

}
