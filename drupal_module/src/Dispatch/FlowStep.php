<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

/**
 * A step of a flow that has an agent do its work.
 *
 * @api
 */
final readonly class FlowStep {

  /**
   * Constructs a FlowStep object.
   *
   * @param string $agent
   *   Id of the agent.
   * @param \stdClass $input
   *   The input.
   * @param int $requester
   *   User id of the person for whom the flow asks. They need the permission
   *   to run the agent.
   * @param string $key
   *   Names this step of this process: however often it is carried out, it is
   *   one run.
   * @param string $flow
   *   Id of the flow.
   */
  public function __construct(
    public string $agent,
    public \stdClass $input,
    public int $requester,
    public string $key,
    public string $flow,
  ) {}

}
