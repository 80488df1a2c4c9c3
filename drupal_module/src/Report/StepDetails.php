<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

/**
 * Leaves out of events what a step did, of agents that tell no progress.
 *
 * That it was done, by which model and tool, how long it took and what it used
 * stays: states, spending and retries are made of it.
 *
 * @internal
 */
final class StepDetails {

  /**
   * Names that stay, by the type of the event. Other types stay whole.
   */
  private const array KEPT = [
    'model_requested' => ['model', 'try', 'unit', 'left_out'],
    'model_responded' => ['model', 'usage', 'finish_reason', 'milliseconds', 'error', 'unit'],
    'tool_started' => ['tool', 'call', 'try', 'unit', 'repeatable'],
    'tool_finished' => ['tool', 'call', 'status', 'milliseconds', 'unit'],
    'progress_reported' => ['done', 'total'],
  ];

  /**
   * Returns events without what steps did.
   *
   * @param \stdClass[] $events
   *   Valid events.
   *
   * @return \stdClass[]
   *   As many events, with the numbers and hashes that they came with.
   */
  public static function leftOut(array $events): array {
    return array_map(static function (\stdClass $event): \stdClass {
      $kept = self::KEPT[$event->type] ?? NULL;
      if ($kept === NULL) {
        return $event;
      }
      $short = clone $event;
      $short->data = (object) array_intersect_key(get_object_vars($event->data), array_flip($kept));
      return $short;
    }, $events);
  }

}
