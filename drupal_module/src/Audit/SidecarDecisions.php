<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Run\LockedRun;

/**
 * Keeps what operators decided at the sidecar, as its events tell.
 *
 * What was said in Drupal was recorded when it was said.
 *
 * @internal
 */
final class SidecarDecisions {

  /**
   * What events tell of which decision.
   */
  private const ACTIONS = [
    'run_paused' => 'pause',
    'run_resumed' => 'resume',
    'approval_given' => 'decide',
    'run_finished' => 'cancel',
  ];

  public function __construct(
    private readonly AuditLog $audit,
  ) {}

  /**
   * Records decisions. Call it in the transaction that stores the events.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The locked run.
   * @param \stdClass[] $events
   *   Events that are new.
   */
  public function record(LockedRun $run, array $events): void {
    foreach ($events as $event) {
      $action = self::ACTIONS[$event->type] ?? NULL;
      if ($action !== NULL && ($event->data->via ?? NULL) === Decision::SIDECAR) {
        $this->audit->record(Decision::atTheSidecar($run->uuid, $run->agent, $action, $event->data));
      }
    }
  }

}
