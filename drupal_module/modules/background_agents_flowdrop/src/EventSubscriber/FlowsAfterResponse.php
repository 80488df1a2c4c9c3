<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop\EventSubscriber;

use Drupal\background_agents\Event\RunEndedEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents_flowdrop\WaitingFlows;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Lets flows go on whose run has ended.
 *
 * Not while the end is told: FlowDrop carries the rest of the flow out there
 * and then, and who tells the end must not wait for it. Cron does what is left.
 *
 * @internal
 */
final class FlowsAfterResponse implements EventSubscriberInterface {

  /**
   * UUIDs of runs that have ended in this request.
   *
   * @var string[]
   */
  private array $ended = [];

  public function __construct(
    private readonly WaitingFlows $flows,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      RunFinishedEvent::class => ['onEnd'],
      RunFailedEvent::class => ['onEnd'],
      // Before the jobs are sent (50).
      KernelEvents::TERMINATE => ['onTerminate', 55],
    ];
  }

  /**
   * Notes the end of a run that a flow may wait for.
   */
  public function onEnd(RunEndedEvent $event): void {
    if ($event->run->getTriggerType() === 'flow') {
      $this->ended[] = $event->run->uuid();
    }
  }

  public function onTerminate(): void {
    [$ended, $this->ended] = [$this->ended, []];
    try {
      array_map($this->flows->afterRun(...), $ended);
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
  }

}
