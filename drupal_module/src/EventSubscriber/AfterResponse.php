<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Database\AbortedTransactions;
use Drupal\background_agents\Dispatch\DueRuns;
use Drupal\background_agents\Notice\NoticeRounds;
use Drupal\background_agents\Notice\NoticeStore;
use Drupal\background_agents\Sidecar\Pusher;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Makes runs, sends jobs and tells people when the response is out.
 *
 * Nobody waits here, and nothing that fails here may show: cron and the sidecar
 * do what is left. TerminateSubscriber calls it where there is something to do.
 *
 * @internal
 */
final class AfterResponse {

  public function __construct(
    private readonly DueRuns $due,
    private readonly PushQueue $queue,
    private readonly Pusher $pusher,
    private readonly NoticeStore $notices,
    private readonly NoticeRounds $rounds,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
    private readonly AbortedTransactions $aborted,
  ) {}

  /**
   * Does it. Containers of releases before call it at each end of a response.
   */
  public function onTerminate(): void {
    $this->aborted->watch();
    // First: a model of the site may dispatch agents because a run waits.
    $this->quietly(fn () => $this->notices->wasTouched() ? $this->rounds->send() : NULL);
    $this->quietly(function (): void {
      $this->due->ofThisRequest();
      $made = $this->queue->take();
      // Nobody but the sidecar is awake when what waits is due.
      $this->pusher->send($made['rows'], $made['commands'], $this->due->newSecondsUntilNext($made['delayed']), $made['schedules'], $made['webhooks']);
    });
  }

  private function quietly(callable $work): void {
    try {
      $work();
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
  }

}
