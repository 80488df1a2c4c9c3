<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

/**
 * What a trigger would have started in the last seven days.
 *
 * @internal
 */
final readonly class LastWeek {

  public const int DAYS = 7;

  /**
   * Sets what is given.
   *
   * @param int|null $count
   *   How often; NULL: nobody knows.
   * @param bool $isMore
   *   Whether there are more saves than were looked at.
   * @param int|null $looked
   *   How many saves were looked at one by one; NULL: none had to be.
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   The first of them, the newest first; of content only.
   * @param int[] $times
   *   The first times, in Unix seconds; of schedules only.
   */
  public function __construct(
    public ?int $count,
    public bool $isMore = FALSE,
    public ?int $looked = NULL,
    public array $saves = [],
    public array $times = [],
  ) {}

}
