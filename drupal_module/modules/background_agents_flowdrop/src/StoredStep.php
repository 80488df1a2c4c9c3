<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

/**
 * A step of a flow, as it is stored.
 *
 * @internal
 */
final readonly class StoredStep {

  /**
   * Constructs a StoredStep object.
   *
   * @param string $place
   *   Hash of the place.
   * @param int $requester
   *   User id of for whom the step asked.
   * @param int $account
   *   User id of who executed the flow.
   * @param string|null $run
   *   UUID of the run; NULL: none yet.
   * @param string $pipeline
   *   Id of the pipeline.
   * @param string $message
   *   Message of the interrupt.
   * @param int $since
   *   Unix time since which it is so.
   */
  public function __construct(
    public string $place,
    public int $requester,
    public int $account,
    public ?string $run = NULL,
    public string $pipeline = '',
    public string $message = '',
    public int $since = 0,
  ) {}

}
