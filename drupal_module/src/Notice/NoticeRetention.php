<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Run\RetentionTimes;

/**
 * Deletes notices: with their runs, with their people, and when they are old.
 *
 * @internal
 */
final class NoticeRetention {

  public function __construct(
    private readonly NoticeStore $notices,
    private readonly PersonNotices $personNotices,
    private readonly NoticeChoices $choices,
    private readonly RetentionTimes $times,
  ) {}

  /**
   * Deletes what its retention is over for.
   */
  public function tidy(): void {
    $before = $this->times->of('retention.notice_days');
    $this->personNotices->deleteBefore($before);
    $this->notices->deleteEndsBefore($before);
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
  }

  /**
   * Deletes what a person was told, and their choice.
   */
  public function deleteOf(int $uid): void {
    $this->personNotices->deleteOf($uid);
    $this->choices->delete($uid);
  }

}
