<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

/**
 * Keeps what operators decided at the sidecar, as its events tell.
 *
 * What was said in Drupal was recorded when it was said.
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
   * @param \stdClass $row
   *   The locked row of the run, as RunStore::lock() gave it.
   * @param \stdClass[] $events
   *   Events that are new.
   */
  public function record(\stdClass $row, array $events): void {
    foreach ($events as $event) {
      $action = self::ACTIONS[$event->type] ?? NULL;
      if ($action !== NULL && ($event->data->via ?? NULL) === Decision::SIDECAR) {
        $this->audit->record(Decision::atTheSidecar($row->uuid, $row->agent, $action, $event->data));
      }
    }
  }

}
