<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Batch\NotedBatches;
use Drupal\background_agents\Event\RunEndedEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Lets the next items of batches in when a run has ended.
 *
 * Not while the end is told: what is started then comes from that run. Nobody
 * waits for it: cron and the sidecar do what is left. TerminateSubscriber calls
 * it where something was noted.
 *
 * @internal
 */
final class BatchesAfterResponse implements EventSubscriberInterface {

  public function __construct(
    private readonly NotedBatches $noted,
    private readonly BatchRunner $runner,
    private readonly AccountSwitcherInterface $accountSwitcher,
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
    ];
  }

  /**
   * Any end leaves room in the lane of its agent.
   */
  public function onEnd(RunEndedEvent $event): void {
    $this->noted->note();
  }

  /**
   * Does it. Containers of releases before call it at each end of a response.
   */
  public function onTerminate(): void {
    // Whoever made this request, such as a program with a token for one agent,
    // says nothing about batches of others, or of theirs with another agent.
    $this->accountSwitcher->switchTo(new AnonymousUserSession());
    try {
      if ($this->noted->take()) {
        $this->runner->letIn(waits: TRUE);
      }
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

}
