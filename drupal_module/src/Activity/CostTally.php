<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Adds up what agents have spent, from the sums of each day (UTC).
 *
 * @internal
 */
final class CostTally {

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What each agent has spent in each period.
   *
   * @return array<string, array<string, \Drupal\background_agents\Activity\Spent>>
   *   By id of the agent, then by the first day of the period.
   */
  public function periods(CostPeriods $periods): array {
    return $this->byAgent($periods->begins($this->time->getRequestTime()), NULL);
  }

  /**
   * What an agent has spent in some weeks.
   *
   * @return list<\Drupal\background_agents\Activity\Spent>
   *   As many as weeks.
   */
  public function weeks(string $agent, Weeks $weeks): array {
    $begins = array_map(static fn (\DateTimeImmutable $week): string => $week->format('Y-m-d'), $weeks->begins);
    $spent = $this->byAgent(array_reverse($begins), $agent)[$agent] ?? [];
    return array_map(static fn (string $day): Spent => $spent[$day] ?? new Spent(), $begins);
  }

  /**
   * What each agent has spent today.
   *
   * @return array<string, \Drupal\background_agents\Activity\Spent>
   *   By id of the agent.
   */
  public function today(): array {
    $today = gmdate('Y-m-d', $this->time->getRequestTime());
    return array_map(static fn (array $days): Spent => $days[$today] ?? new Spent(), $this->byAgent([$today], NULL));
  }

  /**
   * Adds up days from a first day on.
   *
   * @param non-empty-list<string> $begins
   *   First days, the latest first.
   * @param string|null $agent
   *   One agent; NULL: all.
   *
   * @return array<string, array<string, \Drupal\background_agents\Activity\Spent>>
   *   By agent and first day.
   */
  private function byAgent(array $begins, ?string $agent): array {
    $query = $this->database->select('background_agents_spent', 's')->fields('s')->condition('s.day', end($begins), '>=');
    if ($agent !== NULL) {
      $query->condition('s.agent', $agent);
    }
    $found = [];
    foreach ($query->execute() as $row) {
      foreach ($begins as $first) {
        if ($row->day >= $first) {
          $found[$row->agent][$first] = ($found[$row->agent][$first] ?? new Spent())->plus(new Spent((int) $row->cost_micros, (int) $row->tokens));
          break;
        }
      }
    }
    return $found;
  }

}
