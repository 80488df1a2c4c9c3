<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Lock\LockBackendInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * The one service that makes runs, whatever started them.
 *
 * @api
 */
final class Dispatcher {

  private const LOCK_SECONDS = 10.0;

  public function __construct(
    private readonly Connection $database,
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
    private readonly TimeInterface $time,
    private readonly DispatchCheck $check,
    private readonly Origin $origin,
    private readonly RunFactory $factory,
    private readonly RunStore $runs,
    private readonly TriggerLog $triggers,
    private readonly PushQueue $push,
    private readonly RunData $data,
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
    $agent = $this->check->atTheDoor($request);
    $request = $this->origin->of($request, $agent);
    $this->check->depth($request, $agent);
    if ($this->database->inTransaction()) {
      // A run saved here would fire its hooks in somebody else's transaction,
      // and be gone without a trace when that is rolled back.
      return new Dispatched($this->triggers->append($request), NULL, TRUE);
    }
    $hash = $request->keyHash();
    if ($hash === NULL) {
      return $this->create($request, $agent);
    }
    return $this->whileLocked("background_agents:key:$hash", function () use ($request, $agent, $hash): Dispatched {
      $earlier = $this->runs->byKeyHash($hash);
      return $earlier === NULL ? $this->create($request, $agent) : $this->known($earlier, $request);
    });
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
    $hash = $request->keyHash();
    $earlier = $hash === NULL ? NULL : $this->runs->byKeyHash($hash);
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
   * The run that was made with the same key before.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   422 key_reused when a person or a program asked for something else then.
   */
  private function known(Run $earlier, DispatchRequest $request): Dispatched {
    if ($request->isAskedFor() && CanonicalJson::encode($this->data->input((int) $earlier->id())) !== CanonicalJson::encode($request->input)) {
      throw DispatchRefused::of(422, 'key_reused', 'The key was used for another request', 'The run with this key was started with another input. Use another key for another run.', [
        ['pointer' => '/key', 'detail' => 'This key was used with another input.'],
      ]);
    }
    return new Dispatched($earlier->uuid(), $earlier, FALSE);
  }

  /**
   * Where each run is made, and its job sent on.
   */
  private function create(DispatchRequest $request, Agent $agent, ?callable $within = NULL): Dispatched {
    $this->check->beforeTheRun($request, $agent);
    $made = $this->factory->create($request, $agent, $within);
    $this->push->add($made->row);
    return new Dispatched($made->run->uuid(), $made->run, TRUE);
  }

  private function whileLocked(string $name, callable $work): Dispatched {
    $end = $this->time->getCurrentMicroTime() + self::LOCK_SECONDS;
    while (!$this->lock->acquire($name)) {
      if ($this->time->getCurrentMicroTime() > $end) {
        throw DispatchRefused::of(503, 'busy', 'Busy', 'The same key is being dispatched by another request. Try again.', [], ['retry_after' => 5]);
      }
      $this->lock->wait($name, 1);
    }
    try {
      return $work();
    }
    finally {
      $this->lock->release($name);
    }
  }

}
