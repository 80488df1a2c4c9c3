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
use Drupal\background_agents\Webhook\WebhookNews;
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
    private readonly WebhookNews $webhooks,
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
   * Notes in the transaction of an end who has to be told of it.
   *
   * Call it when all is as the end leaves it: drafts, too.
   */
  public function noteEnd(LockedRun $run): void {
    $this->notices->noteEnd($run->id, $run->generation);
    $this->webhooks->ended($run->agent, $run->id);
  }

  /**
   * Notes in the transaction in which a run waits who is told of its question.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The run; its row is up to date.
   * @param string $question
   *   Id of the question.
   * @param string|null $expires
   *   When the run stops waiting for an answer.
   */
  public function noteQuestion(LockedRun $run, string $question, ?string $expires): void {
    if ($this->notices->note($run->id, $question)) {
      $this->webhooks->asks($run->agent, $run->id, $question, $expires);
    }
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
