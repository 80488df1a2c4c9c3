<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunAliases;
use Drupal\background_agents\StopSwitch;
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
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
    private readonly StopSwitch $stopSwitch,
    private readonly TriggerLog $triggers,
    private readonly TriggerBatches $batches,
    private readonly TriggerInput $input,
    private readonly Dispatcher $dispatcher,
    private readonly RunAliases $aliases,
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
      $folds = $this->triggers->due($limit);
      $starting = array_filter($folds, static fn (array $rows): bool => SaveFacts::start(array_map(static fn (TriggerRow $row): ?SaveFacts => $row->facts(), $rows)));
      foreach (array_diff_key($folds, $starting) as $rows) {
        $this->triggers->delete(array_column($rows, 'id'));
        $done += count($rows);
      }
      foreach ($this->batches->of(array_values($starting)) as $folds) {
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
    $this->dispatcher->dispatchTriggered($request, $this->input->complete(...), function (Run $run) use ($rows): void {
      $this->triggers->delete(array_column($rows, 'id'));
      $this->aliases->add(array_column($rows, 'run'), $run->uuid());
    });
  }

}
