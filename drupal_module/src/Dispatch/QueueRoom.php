<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Run\DelayedRuns;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Whether the site's queue has room for one more run.
 *
 * @internal
 */
final class QueueRoom {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Outbox $outbox,
    private readonly DelayedRuns $delayed,
  ) {}

  /**
   * Whether there is none. Runs that begin later keep back only such.
   */
  public function isFull(DispatchRequest $request): bool {
    $open = $this->outbox->count() + ($request->delay > 0 ? $this->delayed->count() : 0);
    return $open >= (int) $this->configFactory->get('background_agents.settings')->get('queue.open_runs');
  }

}
