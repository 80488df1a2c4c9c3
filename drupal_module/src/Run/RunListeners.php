<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\RunEndedEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents\Event\RunStartedEvent;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents\Notice\NoticeStore;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Contracts\EventDispatcher\EventDispatcherInterface;

/**
 * Tells those who listen that runs have started, or ended.
 *
 * @internal
 */
final class RunListeners {

  public function __construct(
    private readonly RunStore $runs,
    private readonly Origin $origin,
    private readonly EventDispatcherInterface $eventDispatcher,
    private readonly NoticeStore $notices,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Tells the listeners that a run has started. Call it after the commit.
   */
  public function started(int $id): void {
    $run = $this->runs->load($id);
    if ($run !== NULL) {
      $this->tell($run, new RunStartedEvent($run));
    }
  }

  /**
   * Tells the listeners that a run has ended. Call it after the commit.
   */
  public function ended(int $id): void {
    $run = $this->runs->load($id);
    if ($run !== NULL) {
      $this->tell($run, $run->getState() === RunState::Completed ? new RunFinishedEvent($run) : new RunFailedEvent($run));
    }
  }

  /**
   * Tells the listeners that a run waits for a person.
   */
  public function waits(Run $run, \stdClass $question): void {
    $this->tell($run, new RunWaitsForPersonEvent($run, $question));
  }

  /**
   * Notes in the transaction of an end that people have to be told of it.
   */
  public function noteEnd(LockedRun $run): void {
    $this->notices->noteEnd($run->id, $run->generation);
  }

  private function tell(Run $run, RunStartedEvent|RunEndedEvent|RunWaitsForPersonEvent $event): void {
    try {
      $this->origin->whileTelling($run, fn () => $this->eventDispatcher->dispatch($event));
    }
    catch (\Throwable $error) {
      // It is stored; a listener that fails must not make it be sent anew.
      Error::logException($this->logger, $error);
    }
  }

}
