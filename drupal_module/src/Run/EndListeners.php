<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Contracts\EventDispatcher\EventDispatcherInterface;

/**
 * Tells those who listen that runs have ended.
 *
 * @internal
 */
final class EndListeners {

  public function __construct(
    private readonly RunStore $runs,
    private readonly Origin $origin,
    private readonly EventDispatcherInterface $eventDispatcher,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Tells the listeners that a run has ended. Call it after the commit.
   */
  public function tell(int $id): void {
    $run = $this->runs->load($id);
    if ($run === NULL) {
      return;
    }
    try {
      $event = $run->getState() === RunState::Completed ? new RunFinishedEvent($run) : new RunFailedEvent($run);
      $this->origin->whileTelling($run, fn () => $this->eventDispatcher->dispatch($event));
    }
    catch (\Throwable $error) {
      // The end is stored; a listener that fails must not make it be sent anew.
      Error::logException($this->logger, $error);
    }
  }

}
