<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Run;

/**
 * What has come of a step of a flow so far.
 *
 * @api
 */
final readonly class FlowProgress {

  /**
   * Constructs a FlowProgress object.
   *
   * @param \Drupal\background_agents\Dispatch\FlowState $state
   *   How it stands.
   * @param string $detail
   *   For people: why it failed, or what it waits for.
   * @param string|null $uuid
   *   UUID of the run; NULL: none was made.
   * @param \Drupal\background_agents\Entity\Run|null $run
   *   The run; NULL while it is not made yet.
   */
  public function __construct(
    public FlowState $state,
    public string $detail,
    public ?string $uuid = NULL,
    public ?Run $run = NULL,
  ) {}

}
