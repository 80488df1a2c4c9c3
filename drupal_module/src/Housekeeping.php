<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Notice\NoticeRetention;
use Drupal\background_agents\Review\LineageStore;
use Drupal\background_agents\Run\RetentionTimes;
use Drupal\background_agents\Run\RunAliases;
use Drupal\background_agents\Run\RunRetention;
use Drupal\background_agents\Run\Spending;

/**
 * Deletes what is old.
 *
 * @internal
 */
final class Housekeeping {

  /**
   * Rows that are dealt with at a time; the next cron goes on.
   */
  private const ROWS = 200;

  /**
   * Days that the UUIDs of folded runs are remembered.
   */
  private const ALIAS_DAYS = 30;

  public function __construct(
    private readonly RetentionTimes $times,
    private readonly RunRetention $runs,
    private readonly RunAliases $aliases,
    private readonly LineageStore $lineages,
    private readonly AuditLog $audit,
    private readonly SignedRequests $signed,
    private readonly Spending $spending,
    private readonly NoticeRetention $notices,
  ) {}

  /**
   * Deletes what its retention is over for.
   */
  public function tidy(): void {
    $this->runs->tidy();
    $this->aliases->deleteBefore($this->times->before(self::ALIAS_DAYS));
    $this->lineages->deleteReplaced(self::ROWS);
    $this->audit->deleteBefore($this->times->of('retention.audit_days'));
    $this->signed->forgetOld();
    $this->notices->tidy();
    $this->spending->deleteBefore($this->times->of('retention.run_days'));
  }

}
