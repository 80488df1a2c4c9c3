<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A run waits for the answer of a person. Once for each question.
 *
 * @api
 */
final class RunWaitsForPersonEvent extends Event {

  /**
   * Constructs a RunWaitsForPersonEvent object.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param \stdClass $question
   *   The data of the event `approval_requested`.
   */
  public function __construct(
    public readonly Run $run,
    public readonly \stdClass $question,
  ) {}

}
