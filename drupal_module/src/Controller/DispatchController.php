<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Http\Caller;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST runs: programs start agents.
 *
 * @internal
 */
final class DispatchController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly Dispatcher $dispatcher,
    private readonly RunDocument $document,
    private readonly RunContext $context,
    private readonly AccountInterface $currentUser,
    private readonly Contracts $contracts,
  ) {}

  /**
   * POST runs: starts an agent.
   */
  public function dispatch(Request $request): Answer {
    $this->requested->refuseAnonymous();
    JsonBody::refuseQuery($request);
    $body = JsonBody::decode($request->getContent());
    JsonBody::check($body, $this->contracts, 'dispatch');
    $parent = $this->context->current();
    if ($parent === NULL && isset($body->limits)) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', 'Only an agent hands limits down, with the token of its run.', [
        ['pointer' => '/limits', 'detail' => 'Leave it out.'],
      ]);
    }
    if ($parent !== NULL && ($body->delay ?? 0) > 0) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', 'What an agent starts begins at once.', [
        ['pointer' => '/delay', 'detail' => 'Leave it out.'],
      ]);
    }
    if ($parent !== NULL && (int) ($body->priority ?? 0) !== 0) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', 'What an agent starts has the priority of its run.', [
        ['pointer' => '/priority', 'detail' => 'Leave it out.'],
      ]);
    }
    $dispatched = $this->dispatcher->dispatch(new DispatchRequest(
      agent: $body->agent,
      // Told by the door: what a caller says of itself is not believed.
      triggerType: $parent === NULL ? Caller::of($request)->door : 'agent',
      input: $body->input ?? new \stdClass(),
      triggerId: $parent?->getAgentId() ?? $body->trigger->id ?? NULL,
      requester: (int) $this->currentUser->id(),
      key: $body->key ?? NULL,
      dryRun: $body->dry_run ?? FALSE,
      limits: $parent === NULL ? [] : array_map(intval(...), (array) ($body->limits ?? [])),
      delay: (int) ($body->delay ?? 0),
      priority: (int) ($body->priority ?? 0),
    ));
    assert($dispatched->run !== NULL);
    return new Answer($this->document->run($dispatched->run), $dispatched->created ? 201 : 200);
  }

}
