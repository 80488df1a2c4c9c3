<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Report\WatchedRuns;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * The run that a request is about, for who may ask.
 *
 * @internal
 */
final class RequestedRun {

  public function __construct(
    private readonly RunStore $runs,
    private readonly TriggerLog $triggers,
    private readonly SignedRequests $signed,
    private readonly AccountInterface $currentUser,
    private readonly WatchedRuns $watched,
    private readonly RunContext $context,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * A run for who may view it, or for the sidecar.
   */
  public function shown(Request $request, string $uuid): Run {
    if ($this->signed->isSigned($request)) {
      $this->signed->verify($request);
      return $this->load($uuid);
    }
    return $this->forOperation($uuid, 'view');
  }

  /**
   * A run for who follows it: while it goes on, its events come first.
   */
  public function followed(string $uuid): Run {
    $run = $this->forOperation($uuid, 'view');
    if (!$run->isFinal()) {
      $this->watched->note($uuid);
    }
    return $run;
  }

  /**
   * A run on which the account of this request may do something.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   401, 403 or 404.
   */
  public function forOperation(string $uuid, string $operation): Run {
    $this->refuseAnonymous();
    $run = $this->load($uuid);
    if (!$run->access($operation)) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', "You may not $operation this run. That needs the permission \"$operation own background agent runs\" where you asked for it, else \"$operation any background agent run\"; a dispatch key has to be for its agent, besides.");
    }
    return $run;
  }

  /**
   * A run, whoever asks.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   404 `not_found`, or `not_yet` with Retry-After.
   */
  public function load(string $uuid): Run {
    $run = $this->runs->byUuid($uuid);
    if ($run === NULL && $this->triggers->isPending($uuid)) {
      throw ProblemException::of(404, 'not_yet', 'The run is about to be made', 'Ask again in a moment.', [], ['retry_after' => 1]);
    }
    return $run ?? throw ProblemException::of(404, 'not_found', 'No such run', 'There is no run with this UUID.');
  }

  /**
   * Refuses agents, whatever their accounts may.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   403 `forbidden`.
   */
  public function refuseAgents(string $detail): void {
    if ($this->context->current() !== NULL || $this->accounts->isAgentAccount($this->currentUser)) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', $detail);
    }
  }

  /**
   * Refuses requests without an account.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   401 `authentication_required`.
   */
  public function refuseAnonymous(): void {
    if ($this->currentUser->isAnonymous()) {
      throw ProblemException::of(401, 'authentication_required', 'Log in', 'This needs an account: a session, basic authentication, OAuth, or the token of a run.');
    }
  }

}
