<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\DelayedRuns;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\Core\Session\AnonymousUserSession;

/**
 * Makes the jobs of runs that were to begin later, when their time has come.
 *
 * The agent is taken as it is then. All is checked anew: what refuses the run
 * then, such as an agent that was disabled, ends it as failed.
 *
 * @internal
 */
final class DelayedDispatch {

  /**
   * Runs that are dealt with at a time; the next round goes on.
   */
  private const int RUNS = 50;

  /**
   * Seconds for which a run waits that the queue has no room for.
   */
  private const int FULL = 60;

  public function __construct(
    private readonly DelayedRuns $delayed,
    private readonly DispatchCheck $check,
    private readonly RunFactory $factory,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly RunFinisher $finisher,
    private readonly Transactions $transactions,
    private readonly AccountSwitcherInterface $accountSwitcher,
  ) {}

  /**
   * Makes the jobs that are due. Not to be called while agents are stopped.
   *
   * @return \Drupal\background_agents\Sidecar\OutboxRow[]
   *   Rows of the outbox that are new.
   */
  public function begin(): array {
    $rows = [];
    foreach ($this->delayed->due(self::RUNS) as $uuid) {
      $run = $this->runs->byUuid($uuid);
      $rows[] = $run === NULL ? NULL : $this->beginOne($run);
    }
    return array_values(array_filter($rows));
  }

  private function beginOne(Run $run): ?OutboxRow {
    try {
      return $this->makeJob($run, $this->checked($run));
    }
    catch (DispatchRefused $refused) {
      $this->refuse($run, $refused);
      return NULL;
    }
  }

  /**
   * The agent, when it may work now for who asked.
   *
   * Whoever makes this request, such as a person whose page runs cron, has
   * nothing to do with it.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  private function checked(Run $run): Agent {
    $request = new DispatchRequest(
      agent: $run->getAgentId(),
      triggerType: $run->getTriggerType(),
      input: $this->data->input((int) $run->id()),
      triggerId: $run->getTriggerId(),
      requester: $run->getRequesterId(),
      depth: $run->getDepth(),
      dryRun: $run->isDryRun(),
    );
    $this->accountSwitcher->switchTo(new AnonymousUserSession());
    try {
      $agent = $this->check->atTheDoor($request);
      $this->check->beforeTheRun($request, $agent);
      return $agent;
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

  private function makeJob(Run $run, Agent $agent): ?OutboxRow {
    $account = $this->factory->accountOf($agent);
    $id = (int) $run->id();
    return $this->transactions->run(function () use ($id, $agent, $account): ?OutboxRow {
      if (!$this->delayed->take($id)) {
        return NULL;
      }
      $this->runs->update($id, ['account' => $account]);
      $run = $this->runs->load($id);
      assert($run !== NULL);
      $row = $this->factory->requeue($run, $agent, $run->getGeneration());
      $this->runs->update($id, $row->agentFields());
      return $row;
    });
  }

  private function refuse(Run $run, DispatchRefused $refused): void {
    if (in_array($refused->problem->code, ['queue_full', 'site_stopped', 'busy'], TRUE)) {
      $this->delayed->putOff((int) $run->id(), self::FULL);
      return;
    }
    $this->finisher->finish((string) $run->uuid(), RunState::Failed, $refused->reason(), $refused->problem->detail);
  }

}
