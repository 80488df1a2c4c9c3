<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\Effects;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Runs: dispatch, show, events, commands.
 *
 * @internal
 */
final class RunsController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly RunStore $runs,
    private readonly RunDocument $document,
    private readonly RunCommands $commands,
    private readonly RunContext $context,
    private readonly EventStore $events,
    private readonly Effects $effects,
    private readonly TriggerLog $triggers,
    private readonly SignedRequests $signed,
    private readonly AccountInterface $currentUser,
    private readonly Contracts $contracts,
  ) {}

  /**
   * POST runs: starts an agent.
   */
  public function dispatch(Request $request): Answer {
    $this->refuseAnonymous();
    JsonBody::refuseQuery($request);
    $body = self::body($request);
    JsonBody::check($body, $this->contracts, 'dispatch');
    $parent = $this->context->current();
    $dispatched = $this->dispatcher->dispatch(new DispatchRequest(
      agent: $body->agent,
      // Told by the door: what a caller says of itself is not believed.
      triggerType: $parent === NULL ? 'api' : 'agent',
      input: $body->input ?? new \stdClass(),
      triggerId: $parent?->getAgentId() ?? $body->trigger->id ?? NULL,
      requester: (int) $this->currentUser->id(),
      key: $body->key ?? NULL,
    ));
    assert($dispatched->run !== NULL);
    return new Answer($this->document->run($dispatched->run), $dispatched->created ? 201 : 200);
  }

  /**
   * GET runs/{uuid}: shows a run.
   */
  public function show(Request $request, string $uuid): Answer {
    return new Answer($this->document->run($this->shown($request, $uuid)));
  }

  /**
   * GET runs/{uuid}/effects: what the run has done, and what is in doubt.
   */
  public function effects(Request $request, string $uuid): Answer {
    $run = $this->shown($request, $uuid);
    return new Answer(['run' => $run->uuid(), 'effects' => $this->effects->of($run)]);
  }

  /**
   * GET runs/{uuid}/events: what is new of a run.
   */
  public function events(Request $request, string $uuid): Answer {
    $run = $this->loadFor($uuid, 'view');
    $after = self::number($request, 'after', 0, 0, Numbers::MAX_COUNTER);
    $limit = self::number($request, 'limit', 200, 1, 500);
    return new Answer([
      'run' => $this->document->summary($run),
      'events' => $this->events->after((int) $run->id(), $after, $limit),
      'last_seq' => $run->getLastSeq(),
    ]);
  }

  /**
   * POST runs/{uuid}/{command}: tells a run what to do.
   */
  public function command(Request $request, string $uuid, string $command): Answer {
    // The sidecar gives all other commands itself; a new generation is made
    // here only. Whom it serves is an operator: it has checked that.
    $bySidecar = $command === 'retry' && $this->signed->isSigned($request);
    if ($bySidecar) {
      $this->signed->verify($request);
    }
    $run = $bySidecar ? $this->load($uuid) : $this->loadFor($uuid, 'manage');
    JsonBody::refuseQuery($request);
    $body = self::body($request);
    if ($bySidecar) {
      // Between our two sides documents are open: a newer sidecar may say more.
      $body = (object) array_intersect_key((array) $body, ['from_step' => TRUE, 'id' => TRUE, 'note' => TRUE]);
    }
    JsonBody::check($body, $this->contracts, 'command#/$defs/' . $command);
    $data = (array) $body + ($bySidecar ? ['door' => Decision::SIDECAR] : []);
    return new Answer($this->document->run($this->commands->give($run, $command, $bySidecar ? NULL : (int) $this->currentUser->id(), $data)), 202);
  }

  /**
   * A run for who may view it, or for the sidecar.
   */
  private function shown(Request $request, string $uuid): Run {
    if ($this->signed->isSigned($request)) {
      $this->signed->verify($request);
      return $this->load($uuid);
    }
    return $this->loadFor($uuid, 'view');
  }

  private function loadFor(string $uuid, string $operation): Run {
    $this->refuseAnonymous();
    $run = $this->load($uuid);
    if (!$run->access($operation)) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', "You may not $operation this run.");
    }
    return $run;
  }

  private function load(string $uuid): Run {
    $run = $this->runs->byUuid($uuid);
    if ($run === NULL && $this->triggers->isPending($uuid)) {
      throw ProblemException::of(404, 'not_yet', 'The run is about to be made', 'Ask again in a moment.', [], ['retry_after' => 1]);
    }
    return $run ?? throw ProblemException::of(404, 'not_found', 'No such run', 'There is no run with this UUID.');
  }

  private function refuseAnonymous(): void {
    if ($this->currentUser->isAnonymous()) {
      throw ProblemException::of(401, 'authentication_required', 'Log in', 'This needs an account: a session, basic authentication, OAuth, or the token of a run.');
    }
  }

  /**
   * A whole number of the query.
   */
  private static function number(Request $request, string $name, int $default, int $least, int $most): int {
    $given = $request->query->all()[$name] ?? (string) $default;
    $number = is_string($given) ? filter_var($given, FILTER_VALIDATE_INT, [
      'options' => ['min_range' => $least, 'max_range' => $most],
    ]) : FALSE;
    if ($number === FALSE) {
      $detail = "\"$name\" is a whole number from $least to $most.";
      throw ProblemException::of(422, 'invalid', 'The request is not valid', $detail, [
        ['pointer' => "/$name", 'detail' => $detail],
      ]);
    }
    return $number;
  }

  private static function body(Request $request): \stdClass {
    return JsonBody::decode($request->getContent());
  }

}
