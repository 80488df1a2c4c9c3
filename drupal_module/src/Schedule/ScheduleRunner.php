<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;

/**
 * Fires due times of schedules: one run for each, whoever asks how often.
 *
 * @internal
 */
final class ScheduleRunner {

  /**
   * Seconds after which cron fires what nobody fired.
   */
  private const CRON_AFTER = 120;

  public function __construct(
    private readonly DueTimes $times,
    private readonly ScheduleStore $store,
    private readonly EntityRepositoryInterface $repository,
    private readonly TimeInterface $time,
    private readonly StopSwitch $stopSwitch,
    private readonly RunStore $runs,
    private readonly RunCommands $commands,
    private readonly ScheduledDispatch $dispatch,
  ) {}

  /**
   * Fires what is late: the sidecar, which keeps the clock, may be away.
   */
  public function fireLate(): void {
    if ($this->stopSwitch->isStopped()) {
      return;
    }
    foreach ($this->times->triggers() as $trigger) {
      foreach ($this->times->open($trigger, $this->time->getCurrentTime() - self::CRON_AFTER) as $due) {
        if ($due <= $this->time->getCurrentTime() - self::CRON_AFTER) {
          $this->fire((string) $trigger->uuid(), $due);
        }
      }
    }
  }

  /**
   * Fires a due time.
   *
   * @param string $uuid
   *   UUID of the trigger.
   * @param int $due
   *   Unix seconds.
   */
  public function fire(string $uuid, int $due): Firing {
    $known = $this->store->firing($uuid, $due);
    if ($known !== NULL && $known->result !== DueResult::Waiting->value) {
      return $known;
    }
    $trigger = $this->repository->loadEntityByUuid('background_agents_trigger', $uuid);
    $settings = $trigger instanceof Trigger && $trigger->status() && $trigger->getType() === 'schedule' ? new ScheduleSettings($trigger->getSettings()) : NULL;
    $schedule = $settings === NULL ? NULL : $this->times->scheduleOf($settings);
    if ($schedule === NULL || $due <= $this->store->since($uuid, $settings->hash()) || $schedule->due($due - 1, $due) !== [$due]) {
      return new Firing(Firing::SETTLED);
    }
    $now = $this->time->getCurrentTime();
    return match (TRUE) {
      $due > $now => new Firing(Firing::EARLY),
      $this->stopSwitch->isStopped() => new Firing(Firing::WAITS),
      $known === NULL && DueTimes::isMissed($due, $now, $settings, $schedule->due($due, $now, 1)[0] ?? NULL) => $this->settle($uuid, $due, DueResult::Missed),
      default => $this->start($trigger, $due, $settings->overlap()),
    };
  }

  /**
   * Makes the run, as the one before lets it.
   */
  private function start(Trigger $trigger, int $due, string $overlap): Firing {
    $uuid = (string) $trigger->uuid();
    $open = $this->runs->openOfTrigger('schedule', (string) $trigger->id());
    if ($open !== [] && $overlap === ScheduleSettings::OVERLAP_SKIP) {
      return $this->settle($uuid, $due, DueResult::Skipped, $open[0]->uuid());
    }
    if ($open !== [] && $overlap === ScheduleSettings::OVERLAP_QUEUE) {
      return $this->settle($uuid, $due, DueResult::Waiting);
    }
    foreach ($open as $run) {
      $this->commands->give($run, 'cancel', NULL, ['note' => 'Its schedule has started the next run.']);
    }
    return $this->dispatch->once($trigger, $due);
  }

  private function settle(string $uuid, int $due, DueResult $result, ?string $run = NULL): Firing {
    try {
      $this->store->record($uuid, $due, $result, $run);
    }
    catch (AlreadySettled) {
      return $this->store->firing($uuid, $due) ?? new Firing(Firing::WAITS);
    }
    return $result === DueResult::Waiting ? new Firing(Firing::WAITS) : new Firing($result->value, $run);
  }

}
