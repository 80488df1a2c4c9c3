<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The due times that are still to be settled, for whoever keeps the clock.
 *
 * @internal
 */
final class DueTimes {

  /**
   * Seconds ahead for which due times are told.
   */
  private const HORIZON = 2 * 86400;

  /**
   * Due times of one trigger that are told at once: more come the next time.
   */
  private const MOST = 100;

  /**
   * Missed times that are kept of one trigger, the last ones.
   */
  private const MOST_MISSED = 50;

  /**
   * Seconds after which a time that nobody fired was missed.
   */
  public const LATE = 600;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ScheduleStore $store,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What the sidecar gets.
   *
   * @return array<string, mixed>
   *   As in the contract `schedules`.
   */
  public function document(): array {
    $now = $this->time->getCurrentTime();
    $due = [];
    foreach ($this->triggers() as $trigger) {
      foreach ($this->open($trigger, $now + self::HORIZON, self::MOST) as $time) {
        $due[] = ['trigger' => $trigger->uuid(), 'due' => $time];
      }
    }
    return ['version' => $this->version(), 'now' => $now, 'due' => $due];
  }

  /**
   * What an answer tells a sidecar that has one version of the schedules.
   *
   * @param string|null $known
   *   The version; NULL: it has none yet, or does not say.
   *
   * @return array<string, mixed>
   *   The version of the site, and what is due when it is another one.
   */
  public function told(?string $known): array {
    $version = $this->version();
    return ['schedules' => $version] + ($known === NULL || $known === $version ? [] : ['due' => $this->document()]);
  }

  /**
   * Changes with each schedule, so that the clock knows when to ask again.
   */
  public function version(): string {
    $known = [];
    foreach ($this->triggers() as $trigger) {
      $known[(string) $trigger->uuid()] = (new ScheduleSettings($trigger->getSettings()))->hash();
    }
    ksort($known);
    return substr(hash('sha256', json_encode($known, JSON_THROW_ON_ERROR)), 0, 16);
  }

  /**
   * Triggers that go by a schedule and are active.
   *
   * @return array<string, \Drupal\background_agents\Entity\Trigger>
   *   By id.
   */
  public function triggers(): array {
    return $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties([
      'type' => 'schedule',
      'status' => TRUE,
    ]);
  }

  /**
   * The due times of a trigger up to a time that nobody has settled.
   *
   * What was missed is settled here, so that a site that was away for a week
   * does not look at each minute of it.
   *
   * @return list<int>
   *   Unix seconds, ascending.
   */
  public function open(Trigger $trigger, int $until, int $most = PHP_INT_MAX): array {
    $settings = new ScheduleSettings($trigger->getSettings());
    $uuid = (string) $trigger->uuid();
    $now = $this->time->getCurrentTime();
    $since = $this->store->since($uuid, $settings->hash());
    $schedule = $this->scheduleOf($settings);
    if ($schedule === NULL) {
      return [];
    }
    $results = $this->store->resultsAfter($uuid, $since);
    $isOpen = static fn (int $due): bool => ($results[$due] ?? DueResult::Waiting) === DueResult::Waiting;
    $past = array_filter($schedule->due($since, $now, PHP_INT_MAX), $isOpen);
    $missed = $this->missed($past, $results, $settings, $now);
    foreach (array_slice($missed, -self::MOST_MISSED) as $due) {
      $this->recordMissed($uuid, $due);
    }
    $past = array_values(array_diff($past, $missed));
    $this->store->settle($uuid, $settings->hash(), $past === [] ? $now : $past[0] - 1);
    return array_slice([...$past, ...$schedule->due($now, $until, $most)], 0, max($most, 1));
  }

  /**
   * Whether a due time was missed, and no run has to make up for it.
   *
   * @param int $due
   *   The time.
   * @param int $now
   *   The present.
   * @param \Drupal\background_agents\Schedule\ScheduleSettings $settings
   *   What the site builder wants.
   * @param int|null $next
   *   The due time after it; NULL: none has come yet.
   */
  public static function isMissed(int $due, int $now, ScheduleSettings $settings, ?int $next): bool {
    return $now - $due > self::LATE && (!$settings->makesUp() || ($next !== NULL && $next <= $now));
  }

  /**
   * The schedule of a trigger; NULL when its settings cannot be read.
   *
   * Configuration that no form checked may hold anything.
   */
  public function scheduleOf(ScheduleSettings $settings): ?Schedule {
    try {
      return $settings->schedule();
    }
    catch (\InvalidArgumentException) {
      return NULL;
    }
  }

  /**
   * Those of past due times that were missed. What waits its turn was not.
   *
   * @return list<int>
   *   Unix seconds.
   */
  private function missed(array $past, array $results, ScheduleSettings $settings, int $now): array {
    $past = array_values($past);
    return array_values(array_filter($past, static fn (int $due, int $i): bool => !isset($results[$due]) && self::isMissed($due, $now, $settings, $past[$i + 1] ?? NULL), ARRAY_FILTER_USE_BOTH));
  }

  private function recordMissed(string $uuid, int $due): void {
    try {
      $this->store->record($uuid, $due, DueResult::Missed);
    }
    catch (AlreadySettled) {
      // Another process looked at the same time.
      return;
    }
  }

}
