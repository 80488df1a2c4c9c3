<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

use Drupal\background_agents\Activity\SiteWeeks;
use Drupal\background_agents\Activity\Weeks;
use Drupal\background_agents\Draft\ChangeLog;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Counts what became of an agent's drafts, by the weeks they were left in.
 *
 * The database counts, in one query over one index.
 *
 * @internal
 */
final class OutcomeTally {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SiteWeeks $weeks,
  ) {}

  /**
   * Counts drafts by week.
   *
   * @param string $agent
   *   Id of the agent.
   * @param int $weeks
   *   How many weeks, with the present one.
   *
   * @return non-empty-list<\Drupal\background_agents\Review\Outcome\WeekOutcomes>
   *   The oldest first; weeks without drafts too.
   */
  public function weeks(string $agent, int $weeks): array {
    $span = $this->weeks->last($weeks);
    $found = array_map(static fn (\DateTimeImmutable $begins): WeekOutcomes => new WeekOutcomes($begins), $span->begins);
    foreach ($this->rows($agent, $span) as $row) {
      $number = (int) $row->week;
      $found[$number] = $found[$number]->with(Fate::from($row->fate), (int) $row->drafts, $row->percent === NULL ? NULL : (int) $row->percent);
    }
    return $found;
  }

  /**
   * The refusals of an agent's drafts that have a reason, the last ones first.
   *
   * @return list<\Drupal\background_agents\Entity\Change>
   *   At most so many.
   */
  public function refusals(string $agent, \DateTimeImmutable $since, int $limit): array {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $ids = $storage->getQuery()
      ->accessCheck(FALSE)
      ->condition('agent', $agent)
      ->condition('created', $since->getTimestamp(), '>=')
      ->condition('fate', Fate::Refused->value)
      ->condition('reason', '', '<>')
      ->sort('created', 'DESC')
      ->range(0, $limit)
      ->execute();
    return array_values($storage->loadMultiple($ids));
  }

  /**
   * Counts in the database.
   *
   * @param string $agent
   *   Id of the agent.
   * @param \Drupal\background_agents\Activity\Weeks $weeks
   *   The weeks.
   *
   * @return iterable<object{week: int, fate: string, percent: string|null, drafts: string}>
   *   How many drafts have these in common.
   */
  private function rows(string $agent, Weeks $weeks): iterable {
    $query = $this->database->select(ChangeLog::ENTITY_TYPE, 'c');
    [$week, $arguments] = $weeks->expression('[c].[created]');
    $query->addExpression($week, 'week', $arguments);
    // Of others nobody asks for the share: fewer groups are quicker.
    $query->addExpression('CASE WHEN [c].[fate] = :changed THEN ROUND([c].[outcome_share] * 100) END', 'percent', [':changed' => Fate::Changed->value]);
    $query->addExpression('COUNT(*)', 'drafts');
    return $query->fields('c', ['fate'])
      ->condition('c.agent', $agent)
      ->condition('c.created', $weeks->since(), '>=')
      ->isNotNull('c.fate')
      ->groupBy('week')
      ->groupBy('c.fate')
      ->groupBy('percent')
      ->execute();
  }

}
