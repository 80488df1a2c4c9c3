<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Schedule\DueTimes;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Config\ConfigFactoryInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Sends jobs and commands to the sidecar, after the response and by cron.
 *
 * @internal
 */
final class Pusher {

  /**
   * Bytes that the jobs of one request may have together.
   */
  private const BYTES = 1000000;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Outbox $outbox,
    private readonly HandOut $handOut,
    private readonly CommandQueue $commands,
    private readonly StopSwitch $stopSwitch,
    private readonly SidecarClient $sidecar,
    private readonly DueTimes $schedules,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Sends what one request made.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow[] $rows
   *   Rows of the outbox that are new, with their jobs.
   * @param bool $commands
   *   Whether there are new commands.
   * @param int|null $look_in
   *   Seconds after which there is something to claim; NULL: nothing known.
   * @param bool $schedules
   *   Whether schedules were changed.
   * @param bool $webhooks
   *   Whether messages of webhooks wait to be sent.
   */
  public function send(array $rows, bool $commands, ?int $look_in = NULL, bool $schedules = FALSE, bool $webhooks = FALSE): void {
    if ($rows !== [] && $this->maySend()) {
      $this->sendRows($rows);
    }
    if (($commands || $schedules || $webhooks || $look_in !== NULL) && $this->sidecar->isReady()) {
      $version = $schedules ? $this->schedules->version() : NULL;
      $this->sidecar->pushCommands($this->commands->pending(), $this->stopSwitch->isStopped(), $look_in, $version, $webhooks);
    }
  }

  /**
   * Sends all jobs that are due, such as those that were not taken before.
   */
  public function sendDue(): void {
    do {
      $rows = $this->maySend() ? $this->outbox->due(PushQueue::JOBS) : [];
    } while ($rows !== [] && $this->sendRows($rows));
  }

  /**
   * Whether jobs are sent at all, and somebody is there to take them.
   */
  private function maySend(): bool {
    return $this->configFactory->get('background_agents.settings')->get('transport') === 'push'
      && !$this->stopSwitch->isStopped()
      && $this->sidecar->isReady();
  }

  /**
   * Sends rows, and tells whether the sidecar took them.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow[] $rows
   *   Rows of the outbox.
   *
   * @return bool
   *   Whether the sidecar took them, so that more may be sent.
   */
  private function sendRows(array $rows): bool {
    $jobs = [];
    $bytes = 0;
    foreach ($rows as $row) {
      $bytes += strlen($row->json);
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
