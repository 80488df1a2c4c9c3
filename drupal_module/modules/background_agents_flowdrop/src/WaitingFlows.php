<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Dispatch\FlowRuns;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\Core\Utility\Error;
use Drupal\flowdrop_interrupt\Service\InterruptManagerInterface;
use Drupal\user\UserInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Lets flows go on whose run has ended.
 *
 * @internal
 */
final class WaitingFlows {

  /**
   * How many flows one cron run lets go on.
   */
  private const int AT_ONCE = 50;

  /**
   * Seconds for which an interrupt, or a run, may still be about to be stored.
   */
  private const int GRACE = 3600;

  /**
   * Refusals that say that an interrupt is dealt with already.
   */
  private const array DEALT_WITH = ['INTERRUPT_NOT_PENDING', 'RESOLUTION_IN_PROGRESS', 'INTERRUPT_EXPIRED'];

  public function __construct(
    private readonly StepStore $steps,
    private readonly RunStore $runs,
    private readonly RunOutputs $outputs,
    #[Autowire(service: 'flowdrop_interrupt.manager')]
    private readonly InterruptManagerInterface $interrupts,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly TimeInterface $time,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Lets the flows go on that wait for a run.
   */
  public function afterRun(string $run): void {
    array_map($this->goOn(...), $this->steps->waitingFor($run));
  }

  /**
   * Lets the flows go on that were missed.
   */
  public function byCron(): void {
    array_map($this->goOn(...), $this->steps->overdue(self::AT_ONCE));
    $this->steps->tidy();
  }

  private function goOn(StoredStep $step): void {
    $run = $this->runs->byUuid((string) $step->run);
    $isRecent = $step->since > $this->time->getCurrentTime() - self::GRACE;
    if ($run === NULL ? $isRecent : !$run->isFinal()) {
      return;
    }
    $response = $run === NULL
      ? RunOutputs::without('The run was deleted.')
      : $this->outputs->of($run, FlowRuns::of($run)->detail);
    $found = array_filter(
      $this->interrupts->getPendingInterruptsForPipeline($step->pipeline),
      static fn (object $interrupt): bool => (string) $interrupt->getMessage() === $step->message,
    );
    // It may be about to be stored: the node threw it in another request.
    if ($found === [] && $isRecent) {
      return;
    }
    if ($found === []) {
      $this->logger->notice('The run @run has ended, and FlowDrop has no interrupt of pipeline @pipeline that waits for it: the flow was answered or cancelled.', [
        '@run' => $step->run,
        '@pipeline' => $step->pipeline,
      ]);
    }
    // Before the flow goes on: it may come to wait at the same place again.
    $this->steps->settle($step->place);
    foreach ($found as $interrupt) {
      $this->resolve($step, $interrupt->uuid(), $response);
    }
  }

  /**
   * Resolves an interrupt. The rest of the flow is carried out here.
   */
  private function resolve(StoredStep $step, string $interrupt, array $response): void {
    $account = $this->account($step);
    $this->accountSwitcher->switchTo($account);
    try {
      $this->interrupts->resolveInterrupt($interrupt, $response, (int) $account->id());
    }
    catch (\Throwable $error) {
      if (method_exists($error, 'getErrorCode') && in_array($error->getErrorCode(), self::DEALT_WITH, TRUE)) {
        return;
      }
      // Other nodes of the flow are carried out here, too: whatever they throw
      // must not keep other flows waiting. Cron looks again.
      Error::logException($this->logger, $error);
      $this->steps->reopen($step->place);
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

  /**
   * As whom a flow goes on: who executed it, or nobody.
   */
  private function account(StoredStep $step): AccountInterface {
    $account = $this->entityTypeManager->getStorage('user')->load($step->account);
    return $account instanceof UserInterface && $account->isActive() ? $account : new AnonymousUserSession();
  }

}
