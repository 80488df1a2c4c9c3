<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Draft\GenerationDrafts;
use Drupal\background_agents\Http\ProblemException;

/**
 * What is kept of the steps of an ended run, for a retry from one of them.
 *
 * @internal
 */
final class KeptSteps {

  public function __construct(
    private readonly CheckpointStore $checkpoints,
    private readonly GenerationDrafts $drafts,
  ) {}

  /**
   * The steps of an ended run, as far as they are still kept.
   */
  public function steps(int $run, int $generation): RetrySteps {
    return RetrySteps::of($this->checkpoints->readable($run, $generation));
  }

  /**
   * Begins a new generation, with a checkpoint when it is to go on from one.
   */
  public function restart(int $run, int $generation, ?\stdClass $checkpoint): void {
    $this->checkpoints->restart($run, $generation, $checkpoint);
  }

  /**
   * Keeps what the steps before one have done: their units and their drafts.
   */
  public function keep(LockedRun $row, RetrySteps $steps, int $step): \stdClass {
    $this->refuseGone($steps->offered(), $step);
    $keys = [];
    foreach (array_keys($steps->kept($step)) as $unit) {
      // A unit may have been kept before: then its key is an older one's.
      foreach (range(1, $row->generation) as $generation) {
        $keys[] = hash('sha256', "{$row->uuid}:$generation:$unit");
      }
    }
    $this->drafts->adopt($row->id, $keys, $row->generation, $row->generation + 1);
    return $steps->checkpoint($step, $row->generation + 1);
  }

  private function refuseGone(array $offered, int $step): void {
    if (in_array($step, $offered, TRUE)) {
      return;
    }
    $detail = $offered === []
      ? 'Nothing is kept of the steps of this run: it ended in its first step, or too long ago. Retry it from the beginning.'
      : sprintf('The run cannot be retried from step %d, only from: %s. Choose one of them, or retry it from the beginning.', $step, implode(', ', $offered));
    throw ProblemException::of(409, 'step_gone', 'The run cannot be retried from this step', $detail, extra: ['steps' => $offered]);
  }

}
