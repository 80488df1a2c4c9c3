<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Run\RetentionTimes;
use Drupal\background_agents\Webhook\DeliveryStore;

/**
 * Deletes what people and programs were told: with their runs, or when old.
 *
 * @internal
 */
final class NoticeRetention {

  public function __construct(
    private readonly NoticeStore $notices,
    private readonly PersonNotices $personNotices,
    private readonly NoticeChoices $choices,
    private readonly RetentionTimes $times,
    private readonly DeliveryStore $deliveries,
  ) {}

  /**
   * Deletes what its retention is over for.
   */
  public function tidy(): void {
    $before = $this->times->of('retention.notice_days');
    $this->personNotices->deleteBefore($before);
    $this->notices->deleteEndsBefore($before);
    $this->deliveries->deleteBefore($before);
  }

  /**
   * Deletes what belongs to some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function deleteOfRuns(array $runs): void {
    $this->notices->delete($runs);
    $this->personNotices->deleteOfRuns($runs);
    $this->deliveries->deleteOfRuns($runs);
  }

  /**
   * Deletes what a person was told, and their choice.
   */
  public function deleteOf(int $uid): void {
    $this->personNotices->deleteOf($uid);
    $this->choices->delete($uid);
  }

}
