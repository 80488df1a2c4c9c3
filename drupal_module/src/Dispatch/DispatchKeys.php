<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Lock\LockBackendInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * The same key gives the same run.
 *
 * @internal
 */
final class DispatchKeys {

  private const LOCK_SECONDS = 10.0;

  public function __construct(
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
    private readonly TimeInterface $time,
    private readonly RunStore $runs,
    private readonly RunData $data,
  ) {}

  /**
   * The run that was made with the key of a request; NULL: none, or no key.
   */
  public function earlier(DispatchRequest $request): ?Run {
    $hash = $request->keyHash();
    return $hash === NULL ? NULL : $this->runs->byKeyHash($hash);
  }

  /**
   * Makes a run, unless there is one with the same key.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   The request, with or without a key.
   * @param callable(): \Drupal\background_agents\Dispatch\Dispatched $create
   *   Makes the run.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   422 `key_reused`, or 503 `busy`.
   */
  public function once(DispatchRequest $request, callable $create): Dispatched {
    $hash = $request->keyHash();
    if ($hash === NULL) {
      return $create();
    }
    return $this->whileLocked("background_agents:key:$hash", function () use ($request, $create): Dispatched {
      $earlier = $this->earlier($request);
      return $earlier === NULL ? $create() : $this->known($earlier, $request);
    });
  }

  /**
   * The run that was made with the same key before.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   422 key_reused when a person or a program asked for something else then.
   */
  private function known(Run $earlier, DispatchRequest $request): Dispatched {
    if ($earlier->isDryRun() !== $request->dryRun) {
      throw DispatchRefused::of(422, 'key_reused', 'The key was used for another request', 'One of the run with this key and the one that is asked for is a test run, the other is not. Use another key.', [
        ['pointer' => '/key', 'detail' => 'A test run and another one cannot have the same key.'],
      ]);
    }
    if ($request->isAskedFor() && CanonicalJson::encode($this->data->input((int) $earlier->id())) !== CanonicalJson::encode($request->input)) {
      throw DispatchRefused::of(422, 'key_reused', 'The key was used for another request', 'The run with this key was started with another input. Use another key for another run.', [
        ['pointer' => '/key', 'detail' => 'This key was used with another input.'],
      ]);
    }
    return new Dispatched($earlier->uuid(), $earlier, FALSE);
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
