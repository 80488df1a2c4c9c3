<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Which trigger rows become one run: a trigger makes so many runs a minute.
 *
 * @internal
 */
final class TriggerBatches {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly RunStore $runs,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Divides folds into those that each become one run.
   *
   * @param array<\Drupal\background_agents\Trigger\TriggerRow[]> $folds
   *   Lists of rows.
   *
   * @return array<array<\Drupal\background_agents\Trigger\TriggerRow[]>>
   *   Lists of folds; a list of more than one becomes a run with items.
   */
  public function of(array $folds): array {
    $perMinute = (int) $this->configFactory->get('background_agents.settings')->get('queue.runs_per_minute');
    $batches = [];
    $byTrigger = [];
    foreach ($folds as $rows) {
      $trigger = end($rows)->contentTrigger();
      if ($trigger !== NULL) {
        $byTrigger[$trigger][] = $rows;
      }
      else {
        $batches[] = [$rows];
      }
    }
    foreach ($byTrigger as $trigger => $itsFolds) {
      $room = max(0, $perMinute - $this->runs->countOfTrigger((string) $trigger, $this->time->getCurrentTime() - 60));
      if (count($itsFolds) <= $room) {
        array_push($batches, ...array_map(static fn (array $rows): array => [$rows], $itsFolds));
      }
      else {
        $batches[] = $itsFolds;
      }
    }
    return $batches;
  }

}
