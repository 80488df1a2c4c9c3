<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\State\StateInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Starts the agents whose triggers go by the clock.
 *
 * @internal
 */
final class CronTriggers {

  private const STATE = 'background_agents.cron_triggers';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
    private readonly StopSwitch $stopSwitch,
    private readonly Dispatcher $dispatcher,
    private readonly TriggerInput $input,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Dispatches each trigger whose interval is over.
   */
  public function dispatchDue(): void {
    if ($this->stopSwitch->isStopped()) {
      return;
    }
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties([
      'type' => 'cron',
      'status' => TRUE,
    ]);
    // Those that were deleted are forgotten here.
    $last = array_intersect_key($this->state->get(self::STATE, []), $triggers);
    $now = $this->time->getCurrentTime();
    foreach ($triggers as $id => $trigger) {
      assert($trigger instanceof Trigger);
      if ($now - ($last[$id] ?? 0) >= $trigger->getSettings()['interval']) {
        // The key keeps a cron that was killed in between from starting twice.
        $this->dispatch($trigger, "cron:$id:" . ($last[$id] ?? 0));
        $last[$id] = $now;
        $this->state->set(self::STATE, $last);
      }
    }
  }

  private function dispatch(Trigger $trigger, string $key): void {
    try {
      $this->dispatcher->dispatch(new DispatchRequest(
        agent: $trigger->getAgentId(),
        triggerType: 'cron',
        input: $this->input->values($trigger, NULL),
        triggerId: (string) $trigger->id(),
        key: $key,
      ));
    }
    catch (DispatchRefused $refused) {
      $this->logger->warning('The trigger %trigger did not start its agent: @detail', [
        '%trigger' => $trigger->id(),
        '@detail' => $refused->getMessage(),
      ]);
    }
  }

}
