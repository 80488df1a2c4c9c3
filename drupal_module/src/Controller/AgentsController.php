<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\DispatchableAgents;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\QueryParameters;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * GET agents: the agents that the caller may run, and one of them.
 *
 * @internal
 */
final class AgentsController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly DispatchableAgents $agents,
  ) {}

  /**
   * GET agents: all that the caller may run.
   */
  public function list(Request $request): Answer {
    $this->requested->refuseAnonymous();
    QueryParameters::of($request, []);
    return new Answer(['agents' => array_map(self::document(...), $this->agents->all())]);
  }

  /**
   * GET agents/{id}: one of them. Any other agent is unknown.
   */
  public function show(Request $request, string $id): Answer {
    $this->requested->refuseAnonymous();
    QueryParameters::of($request, []);
    $agent = $this->agents->one($id) ?? throw ProblemException::of(404, 'agent_unknown', 'No such agent', "There is no agent \"$id\" that you may run.");
    return new Answer(self::document($agent));
  }

  /**
   * The `agents` document of the contracts.
   *
   * @return array<string, mixed>
   *   What a program needs to run the agent.
   */
  private static function document(Agent $agent): array {
    return [
      'id' => $agent->id(),
      'label' => (string) $agent->label(),
      'description' => $agent->getDescription(),
      'input_schema' => $agent->getInputSchema(),
      'output_schema' => $agent->getOutputSchema(),
      'examples' => $agent->getInputExamples(),
    ];
  }

}
