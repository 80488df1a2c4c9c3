<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Draft\EffectStore;
use Drupal\background_agents\Notice\NoticeRetention;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Review\SentBackStore;

/**
 * Deletes everything that belongs to runs that are deleted.
 *
 * @internal
 */
final class RunRemoval {

  public function __construct(
    private readonly ChangeRemoval $changes,
    private readonly EventStore $events,
    private readonly RunData $data,
    private readonly CommandQueue $commands,
    private readonly CheckpointStore $checkpoints,
    private readonly NoticeRetention $notices,
    private readonly EffectStore $effects,
    private readonly SentBackStore $sentBack,
  ) {}

  /**
   * Deletes everything that belongs to some runs.
   *
   * @param int[] $ids
   *   Numeric ids.
   */
  public function forget(array $ids): void {
    $this->events->delete($ids);
    $this->data->delete($ids);
    $this->commands->delete($ids);
    $this->checkpoints->delete($ids);
    $this->notices->deleteOfRuns($ids);
    $this->effects->delete($ids);
    $this->sentBack->delete($ids);
    $this->changes->forget($ids);
  }

}
