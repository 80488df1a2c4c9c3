<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Database\AbortedTransactions;
use Drupal\background_agents\Dispatch\DueRuns;
use Drupal\background_agents\Housekeeping;
use Drupal\background_agents\Notice\NoticeRounds;
use Drupal\background_agents\Run\LeftRuns;
use Drupal\background_agents\Sidecar\Pusher;
use Drupal\background_agents\Trigger\CronTriggers;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Starts agents by cron, sends and tells what is left, and tidies up.
 *
 * @internal
 */
final class Cron {

  public function __construct(
    private readonly CronTriggers $triggers,
    private readonly DueRuns $due,
    private readonly Pusher $pusher,
    private readonly LeftRuns $left,
    private readonly Housekeeping $housekeeping,
    private readonly NoticeRounds $notices,
    private readonly AbortedTransactions $aborted,
  ) {}

  /**
   * Implements hook_cron().
   */
  #[Hook('cron')]
  public function cron(): void {
    $this->aborted->watch();
    $this->triggers->dispatchDue();
    $this->due->byCron();
    $this->left->takeUp();
    $this->notices->sendByCron();
    $this->housekeeping->tidy();
    $this->pusher->sendDue();
  }

}
