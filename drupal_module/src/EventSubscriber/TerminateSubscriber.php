<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Batch\NotedBatches;
use Drupal\background_agents\Notice\NoticeStore;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\Trigger\TriggerLog;
use Symfony\Component\DependencyInjection\Attribute\AutowireServiceClosure;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Has done what a request left to be done when its response is out.
 *
 * Most requests leave nothing. So only who notes such work is made on each
 * page, and those who do it, with all that they need, where there is some.
 *
 * @internal
 */
final class TerminateSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly NotedBatches $batches,
    private readonly NoticeStore $notices,
    private readonly TriggerLog $triggers,
    private readonly PushQueue $push,
    #[AutowireServiceClosure(BatchesAfterResponse::class)]
    private readonly \Closure $batchesAfterResponse,
    #[AutowireServiceClosure(AfterResponse::class)]
    private readonly \Closure $afterResponse,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      KernelEvents::TERMINATE => [
        // After automated cron (100), which may make runs, too.
        ['letBatchesIn', 60],
        // What batches and flows (55) began is sent with it.
        ['sendAndTell', 50],
      ],
    ];
  }

  public function letBatchesIn(): void {
    if ($this->batches->isNoted()) {
      ($this->batchesAfterResponse)()->onTerminate();
    }
  }

  public function sendAndTell(): void {
    if ($this->notices->wasTouched() || $this->triggers->wasTouched() || !$this->push->isEmpty()) {
      ($this->afterResponse)()->onTerminate();
    }
  }

}
