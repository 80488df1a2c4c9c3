<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\DispatchableAgents;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * GET agents: the agents that the caller may run.
 *
 * @internal
 */
final class AgentsController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly DispatchableAgents $agents,
    private readonly AccountInterface $currentUser,
  ) {}

  public function list(): Answer {
    if ($this->currentUser->isAnonymous()) {
      throw ProblemException::of(401, 'authentication_required', 'Log in', 'This needs an account: a session, basic authentication, OAuth, or the token of a run.');
    }
    return new Answer([
      'agents' => array_map(static fn (Agent $agent): array => [
        'id' => $agent->id(),
        'label' => (string) $agent->label(),
        'description' => $agent->getDescription(),
        'input_schema' => $agent->getInputSchema(),
      ], $this->agents->all()),
    ]);
  }

}
