<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\CommandQueue;

/**
 * What people have granted runs that came to a limit.
 *
 * @internal
 */
final class Grants {

  public function __construct(
    private readonly CommandQueue $commands,
    private readonly EventStore $events,
  ) {}

  /**
   * How often a person has allowed as much again, in the present generation.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $limit
   *   The limit, such as `writes`.
   */
  public function granted(Run $run, string $limit): int {
    $granted = 0;
    foreach ($this->commands->answers((int) $run->id(), $run->getGeneration()) as $answer) {
      $question = $answer['decision'] === 'approve' ? $this->events->question((int) $run->id(), $answer['id']) : NULL;
      $granted += (int) (($question->kind ?? '') === 'top_up' && ($question->limit ?? '') === $limit);
    }
    return $granted;
  }

}
