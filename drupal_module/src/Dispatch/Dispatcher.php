<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\Core\Database\Connection;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * The one service that makes runs, whatever started them.
 *
 * @api
 */
final class Dispatcher {

  public function __construct(
    private readonly Connection $database,
    private readonly DispatchCheck $check,
    private readonly Origin $origin,
    private readonly DispatchKeys $keys,
    private readonly RunFactory $factory,
    private readonly TriggerLog $triggers,
    private readonly PushQueue $push,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Makes a run, or leaves a trigger row when an entity save is going on.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   Which agent, with what input, for whom.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When no run is made: permission, stop switch, input, limits.
   */
  public function dispatch(DispatchRequest $request): Dispatched {
    $request = $this->origin->inherited($request);
    $agent = $this->check->atTheDoor($request);
    $request = $this->origin->of($request, $agent);
    $this->check->depth($request, $agent);
    if ($this->database->inTransaction()) {
      // A run saved here would fire its hooks in somebody else's transaction,
      // and be gone without a trace when that is rolled back.
      return new Dispatched($this->triggers->append($request), NULL, TRUE);
    }
    return $this->keys->once($request, fn (): Dispatched => $this->create($request, $agent));
  }

  /**
   * Makes the run of trigger rows, or a failed one that says why there is none.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   What the rows want.
   * @param callable(\Drupal\background_agents\Dispatch\DispatchRequest): \Drupal\background_agents\Dispatch\DispatchRequest $complete
   *   Fills in the input, once the agent may run.
   * @param callable(\Drupal\background_agents\Entity\Run): void $within
   *   What is done in the transaction that makes the run. It is not called
   *   while the queue is full: then the rows wait for their turn.
   */
  public function dispatchTriggered(DispatchRequest $request, callable $complete, callable $within): void {
    $earlier = $this->keys->earlier($request);
    if ($earlier !== NULL) {
      $within($earlier);
      return;
    }
    $agent = NULL;
    try {
      $agent = $this->check->atTheDoor($request);
      $request = $complete($request);
      $this->create($request, $agent, $within);
    }
    catch (DispatchRefused $refused) {
      if ($refused->problem->code === 'queue_full') {
        return;
      }
      $this->factory->createFailed($request, $agent, $refused, $within);
      $this->logger->warning('The agent %agent did not start: @detail', [
        '%agent' => $request->agent,
        '@detail' => $refused->problem->detail,
      ]);
    }
  }

  /**
   * Makes a run, and does more in the transaction that makes it.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   Which agent, with what input, for whom. A key is not looked at.
   * @param callable(\Drupal\background_agents\Entity\Run): void $within
   *   What is done. When it throws, no run is made.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When no run is made: permission, stop switch, input, limits.
   * @throws \Throwable
   *   What is done within threw it.
   */
  public function dispatchWith(DispatchRequest $request, callable $within): Dispatched {
    return $this->create($request, $this->check->atTheDoor($request), $within);
  }

  /**
   * Where each run is made, and its job sent on.
   */
  private function create(DispatchRequest $request, Agent $agent, ?callable $within = NULL): Dispatched {
    $request = $this->origin->bounded($request);
    $this->check->beforeTheRun($request, $agent);
    $made = $this->factory->create($request, $agent, $within);
    $made->row === NULL ? $this->push->addDelayed() : $this->push->add($made->row);
    return new Dispatched($made->run->uuid(), $made->run, TRUE);
  }

}
