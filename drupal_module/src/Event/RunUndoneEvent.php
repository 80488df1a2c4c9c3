<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A person undid the work of a run. Dispatched after the response.
 *
 * @api
 */
final class RunUndoneEvent extends Event {

  /**
   * Constructs a RunUndoneEvent object.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int|null $uid
   *   Who undid it; NULL: nobody who has an account.
   * @param \Drupal\background_agents\Entity\Change[] $undone
   *   What was undone, whole or in part.
   * @param \Drupal\background_agents\Entity\Change[] $left
   *   What was left as it is, since others have edited it since.
   */
  public function __construct(
    public readonly Run $run,
    public readonly ?int $uid,
    public readonly array $undone,
    public readonly array $left,
  ) {}

}
