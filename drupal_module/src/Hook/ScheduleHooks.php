<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RetentionTimes;
use Drupal\background_agents\Schedule\ScheduleRunner;
use Drupal\background_agents\Schedule\ScheduleStore;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Fires by cron what is late, and forgets what was settled long ago.
 *
 * @internal
 */
final class ScheduleHooks {

  /**
   * Rows that are forgotten at a time; the next cron goes on.
   */
  private const ROWS = 1000;

  public function __construct(
    private readonly ScheduleRunner $runner,
    private readonly ScheduleStore $store,
    private readonly RetentionTimes $times,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly PushQueue $push,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_insert(), _update() and _delete().
   *
   * The sidecar, which keeps the clock, is told at once.
   */
  #[Hook('background_agents_trigger_insert')]
  #[Hook('background_agents_trigger_update')]
  #[Hook('background_agents_trigger_delete')]
  public function changed(Trigger $trigger): void {
    $original = $trigger->getOriginal();
    if ($trigger->getType() === 'schedule' || ($original instanceof Trigger && $original->getType() === 'schedule')) {
      $this->push->addSchedules();
    }
  }

  /**
   * Implements hook_cron().
   */
  #[Hook('cron')]
  public function cron(): void {
    $this->runner->fireLate();
    $this->store->deleteBefore($this->times->of('retention.event_days'), self::ROWS);
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties(['type' => 'schedule']);
    $this->store->keepOnly(array_values(array_map(static fn ($trigger): string => (string) $trigger->uuid(), $triggers)));
  }

}
