<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Config\ConfigFactoryInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Sends jobs and commands to the sidecar, after the response and by cron.
 */
final class Pusher {

  /**
   * Jobs in one request, and bytes that they may have together.
   */
  private const JOBS = 20;
  private const BYTES = 1000000;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Outbox $outbox,
    private readonly HandOut $handOut,
    private readonly CommandQueue $commands,
    private readonly StopSwitch $stopSwitch,
    private readonly SidecarClient $sidecar,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Sends what one request made.
   *
   * @param string[] $runs
   *   UUIDs of runs whose jobs are new.
   * @param bool $commands
   *   Whether there are new commands.
   * @param int|null $look_in
   *   Seconds after which there is something to claim; NULL: nothing known.
   */
  public function send(array $runs, bool $commands, ?int $look_in = NULL): void {
    if ($runs !== []) {
      $this->sendJobs($runs);
    }
    if (($commands || $look_in !== NULL) && $this->sidecar->isReady()) {
      $this->sidecar->pushCommands($this->commands->pending(), $this->stopSwitch->isStopped(), $look_in);
    }
  }

  /**
   * Sends all jobs that are due, such as those that were not taken before.
   */
  public function sendDue(): void {
    $this->sendJobs(NULL);
  }

  /**
   * @param string[]|null $runs
   *   Only these runs; NULL: all that are due.
   */
  private function sendJobs(?array $runs): void {
    if ($this->configFactory->get('background_agents.settings')->get('transport') !== 'push' || $this->stopSwitch->isStopped()) {
      return;
    }
    do {
      $rows = $this->sidecar->isReady() ? $this->outbox->due(self::JOBS, $runs) : [];
    } while ($rows !== [] && $this->sendRows($rows) && $runs === NULL);
  }

  /**
   * @param \stdClass[] $rows
   *   Rows of the outbox.
   *
   * @return bool
   *   Whether the sidecar took them, so that more may be sent.
   */
  private function sendRows(array $rows): bool {
    $jobs = [];
    $bytes = 0;
    foreach ($rows as $row) {
      $bytes += strlen($row->job);
      if ($jobs !== [] && $bytes > self::BYTES) {
        break;
      }
      $job = $this->handOut->take($row, 'push');
      if ($job !== NULL) {
        $jobs[$job->run] = $job;
      }
    }
    if ($jobs === []) {
      // All of them were set aside, or taken by others: there may be more.
      return TRUE;
    }
    $answer = $this->sidecar->pushJobs(array_values($jobs));
    foreach (array_diff_key($jobs, array_flip($answer['accepted'] ?? [])) as $uuid => $job) {
      $this->outbox->release($uuid, $job->attempt);
    }
    foreach ($answer['refused'] ?? [] as $uuid => $why) {
      $this->logger->warning('The sidecar refused the run @run: @why', ['@run' => $uuid, '@why' => $why]);
    }
    return $answer !== NULL && $answer['accepted'] !== [];
  }

}
