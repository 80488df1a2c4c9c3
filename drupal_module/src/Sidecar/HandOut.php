<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Dispatch\JobBuilder;
use Drupal\background_agents\Dispatch\JobUnusable;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Makes jobs of rows of the outbox.
 *
 * A row of which no job can be made is set aside: its run ends with a reason,
 * so that it never keeps others back.
 *
 * @internal
 */
final class HandOut {

  public const REASON = 'job:unusable';

  /**
   * Rows that cron sets aside at a time.
   */
  private const ROWS = 200;

  public function __construct(
    private readonly Outbox $outbox,
    private readonly JobBuilder $jobs,
    private readonly RunFinisher $finisher,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Claims a row and makes its job.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow $row
   *   The row; with its job, when this request has built it.
   * @param string $claimer
   *   Who claims: a worker's name, or "push".
   *
   * @return \stdClass|null
   *   NULL when somebody else claimed the row, or when it was set aside.
   */
  public function take(OutboxRow $row, string $claimer): ?\stdClass {
    if ($row->attempt >= Numbers::MAX_COUNTER) {
      $this->setAside($row->run, 'The run was handed out as often as can be counted.');
      return NULL;
    }
    $attempt = $this->outbox->claim($row, $claimer);
    if ($attempt === NULL) {
      return NULL;
    }
    try {
      return $this->jobs->handOut($row, $attempt);
    }
    catch (JobUnusable $unusable) {
      $this->setAside($row->run, $unusable->getMessage());
      return NULL;
    }
  }

  /**
   * Ends runs that nobody can claim any more, also not the sidecar by itself.
   */
  public function setExhaustedAside(): void {
    foreach ($this->outbox->exhausted(self::ROWS) as $run) {
      $this->setAside($run, 'The run was handed out as often as can be counted.');
    }
  }

  private function setAside(string $run, string $why): void {
    $this->logger->error('The run @run cannot be handed out and ends: @why', ['@run' => $run, '@why' => $why]);
    $this->finisher->finish($run, RunState::Failed, self::REASON, $why);
    // Of a run that is gone or had ended, only the row was left.
    $this->outbox->delete($run);
  }

}
