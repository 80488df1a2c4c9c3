<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Lock\LockBackendInterface;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Turns trigger rows into runs: folds, limits, checks.
 *
 * What is refused becomes a failed run, so that a site builder sees why
 * nothing happened. While agents are stopped, rows wait.
 *
 * @internal
 */
final class TriggerProcessor {

  private const LOCK = 'background_agents:promote';

  /**
   * Seconds until a row that failed is looked at again.
   */
  private const PUT_OFF = 300;

  public function __construct(
    private readonly Connection $database,
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
    private readonly TimeInterface $time,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StopSwitch $stopSwitch,
    private readonly TriggerLog $triggers,
    private readonly TriggerInput $input,
    private readonly Dispatcher $dispatcher,
    private readonly RunStore $runs,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Makes runs of the trigger rows that are due.
   *
   * Runs after the response, in cron, and when the sidecar asks for jobs. Only
   * one process does it at a time; others return at once.
   *
   * @param int $limit
   *   At most so many rows.
   *
   * @return int
   *   How many rows were dealt with.
   */
  public function process(int $limit = 200): int {
    if ($this->stopSwitch->isStopped() || !$this->lock->acquire(self::LOCK, 60.0)) {
      return 0;
    }
    try {
      $done = 0;
      foreach ($this->batches($this->triggers->due($limit)) as $folds) {
        $this->makeRunOrPutOff($folds);
        $done += count(array_merge(...$folds));
      }
      return $done;
    }
    finally {
      $this->lock->release(self::LOCK);
    }
  }

  /**
   * Divides folds into those that each become one run.
   *
   * @param array<\Drupal\background_agents\Trigger\TriggerRow[]> $folds
   *   Lists of rows.
   *
   * @return array<array<\Drupal\background_agents\Trigger\TriggerRow[]>>
   *   Lists of folds; a list of more than one becomes a run with items.
   */
  private function batches(array $folds): array {
    $perMinute = (int) $this->configFactory->get('background_agents.settings')->get('queue.runs_per_minute');
    $batches = [];
    $byTrigger = [];
    foreach ($folds as $rows) {
      $trigger = end($rows)->contentTrigger();
      if ($trigger !== NULL) {
        $byTrigger[$trigger][] = $rows;
      }
      else {
        $batches[] = [$rows];
      }
    }
    foreach ($byTrigger as $trigger => $itsFolds) {
      $room = max(0, $perMinute - $this->runs->countOfTrigger((string) $trigger, $this->time->getCurrentTime() - 60));
      if (count($itsFolds) <= $room) {
        array_push($batches, ...array_map(static fn (array $rows): array => [$rows], $itsFolds));
      }
      else {
        $batches[] = $itsFolds;
      }
    }
    return $batches;
  }

  /**
   * One row that cannot be dealt with does not hold up the others.
   */
  private function makeRunOrPutOff(array $folds): void {
    try {
      $this->makeRun($folds);
    }
    catch (\Throwable $error) {
      $this->triggers->putOff(array_column(array_merge(...$folds), 'id'), self::PUT_OFF);
      $this->logger->error('A run could not be made, it is tried again in five minutes: %type in %function (line %line of %file).', Error::decodeException($error));
    }
  }

  /**
   * Makes one run of some folds; the UUIDs of the other rows become aliases.
   *
   * @param array<\Drupal\background_agents\Trigger\TriggerRow[]> $folds
   *   Lists of rows.
   */
  private function makeRun(array $folds): void {
    $rows = array_merge(...$folds);
    $request = end($rows)->request();
    if (count($folds) > 1) {
      $request = $request->with(items: array_values(array_filter(array_map(static fn (array $fold): ?array => end($fold)->request()->entity, $folds))));
    }
    $this->dispatcher->dispatchTriggered($request, $this->withInput(...), function (Run $run) use ($rows): void {
      $this->triggers->delete(array_column($rows, 'id'));
      $this->alias($rows, $run->uuid());
    });
  }

  /**
   * Fills in the input of a trigger; other doors brought theirs.
   */
  private function withInput(DispatchRequest $request): DispatchRequest {
    $trigger = $request->triggerType === 'content' && $request->triggerId !== NULL
      ? $this->entityTypeManager->getStorage('background_agents_trigger')->load($request->triggerId)
      : NULL;
    return $trigger instanceof Trigger ? $this->input->fill($request, $trigger) : $request;
  }

  private function alias(array $rows, string $run): void {
    $insert = $this->database->insert('background_agents_alias')->fields(['alias', 'run', 'created']);
    $aliases = array_diff(array_column($rows, 'run'), [$run]);
    foreach ($aliases as $alias) {
      $insert->values([$alias, $run, $this->time->getCurrentTime()]);
    }
    if ($aliases !== []) {
      $insert->execute();
    }
  }

}
