<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Counts what became of an agent's drafts, by the weeks they were left in.
 *
 * A week begins on Monday at midnight in the site's time zone, not the
 * reader's, so that everybody reads the same numbers. The database counts, in
 * one query over one index.
 *
 * @internal
 */
final class OutcomeTally {

  /**
   * Seconds of a week in which the clock is not changed.
   */
  private const int WEEK = 604800;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
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
    $found = [];
    for ($ago = max(1, $weeks) - 1; $ago >= 0; $ago--) {
      $found[] = new WeekOutcomes($this->monday()->modify("-$ago weeks"));
    }
    foreach ($this->rows($agent, $found) as $row) {
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
   * The Monday of this week, at midnight, where the site is.
   */
  private function monday(): \DateTimeImmutable {
    $zone = new \DateTimeZone($this->configFactory->get('system.date')->get('timezone.default') ?: 'UTC');
    return (new \DateTimeImmutable('@' . $this->time->getRequestTime()))->setTimezone($zone)->modify('monday this week')->setTime(0, 0);
  }

  /**
   * Counts in the database.
   *
   * @param string $agent
   *   Id of the agent.
   * @param list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks.
   *
   * @return iterable<object{week: int, fate: string, percent: string|null, drafts: string}>
   *   How many drafts have these in common.
   */
  private function rows(string $agent, array $weeks): iterable {
    $query = $this->database->select(ChangeLog::ENTITY_TYPE, 'c');
    [$week, $arguments] = self::week($weeks);
    $query->addExpression($week, 'week', $arguments);
    // Of others nobody asks for the share: fewer groups are quicker.
    $query->addExpression('CASE WHEN [c].[fate] = :changed THEN ROUND([c].[outcome_share] * 100) END', 'percent', [':changed' => Fate::Changed->value]);
    $query->addExpression('COUNT(*)', 'drafts');
    return $query->fields('c', ['fate'])
      ->condition('c.agent', $agent)
      ->condition('c.created', $weeks[0]->begins->getTimestamp(), '>=')
      ->isNotNull('c.fate')
      ->groupBy('week')
      ->groupBy('c.fate')
      ->groupBy('percent')
      ->execute();
  }

  /**
   * An expression for the number of the week a draft was left in.
   *
   * Weeks have as many seconds but where the clock is changed: one case for
   * each week would be compared with for each draft.
   *
   * @param list<\Drupal\background_agents\Review\Outcome\WeekOutcomes> $weeks
   *   The weeks.
   *
   * @return array{string, array<string, int>}
   *   SQL, and its arguments.
   */
  private static function week(array $weeks): array {
    $cases = $arguments = [];
    $length = NULL;
    foreach ($weeks as $number => $week) {
      $begins = $week->begins->getTimestamp();
      $next = $week->begins->modify('+1 week')->getTimestamp() - $begins;
      if ($length !== self::WEEK || $next !== self::WEEK) {
        $cases[] = $next === self::WEEK
          ? "WHEN [c].[created] >= :begins_$number THEN $number + (([c].[created] - :begins_$number) - ([c].[created] - :begins_$number) % " . self::WEEK . ') / ' . self::WEEK
          : "WHEN [c].[created] >= :begins_$number THEN $number";
        $arguments[":begins_$number"] = $begins;
      }
      $length = $next;
    }
    // The latest one first: the first case that is true counts.
    return ['CASE ' . implode(' ', array_reverse($cases)) . ' END', $arguments];
  }

}
