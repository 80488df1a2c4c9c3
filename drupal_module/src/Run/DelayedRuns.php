<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Sidecar\Outbox;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;

/**
 * Runs that are to begin later: no job was made of them yet.
 *
 * Such a run is queued, and has the time before which it does not begin. The
 * time goes when its job is made.
 *
 * @internal
 */
final class DelayedRuns {

  private const string TABLE = 'background_agents_run';

  /**
   * The longest time that the sidecar is told to look after: a week.
   */
  private const int LOOK = 604_800;

  /**
   * Whether the column is there: not between new code and its updates.
   */
  private ?bool $isThere = NULL;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * UUIDs of those whose time has come, the earliest first.
   *
   * A point of priority is as good as a minute.
   *
   * @return string[]
   *   At most so many.
   */
  public function due(int $limit): array {
    $query = $this->select()?->fields('r', ['uuid'])->condition('r.due', $this->time->getCurrentTime(), '<=')->range(0, $limit);
    if ($this->database->schema()->fieldExists(self::TABLE, 'priority')) {
      $query?->addExpression('[r].[due] - :ahead * [r].[priority]', 'place', [':ahead' => Outbox::AHEAD]);
      $query?->orderBy('place');
    }
    return $query?->orderBy('r.due')->orderBy('r.id')->execute()->fetchCol() ?? [];
  }

  /**
   * How many there are, of one agent or of all.
   */
  public function count(?string $agent = NULL): int {
    $query = $this->select();
    if ($agent !== NULL) {
      $query?->condition('r.agent', $agent);
    }
    return (int) $query?->countQuery()->execute()->fetchField();
  }

  /**
   * Seconds until the next one is due, a week at most; NULL: there is none.
   */
  public function secondsUntilNext(): ?int {
    $query = $this->select();
    $query?->addExpression('MIN([r].[due])');
    $next = $query?->execute()->fetchField();
    return $next === NULL || $next === FALSE ? NULL : max(0, min(self::LOOK, (int) $next - $this->time->getCurrentTime()));
  }

  /**
   * Takes a run whose job is made now. Call it in the transaction of that.
   *
   * @return bool
   *   FALSE when another process took it, or it was cancelled.
   */
  public function take(int $id): bool {
    return (bool) $this->database->update(self::TABLE)->fields(['due' => NULL])
      ->condition('id', $id)->isNotNull('due')->condition('state', RunState::Queued->value)->execute();
  }

  /**
   * Puts a run off.
   */
  public function putOff(int $id, int $seconds): void {
    $this->database->update(self::TABLE)->fields(['due' => $this->time->getCurrentTime() + $seconds])
      ->condition('id', $id)->isNotNull('due')->execute();
  }

  /**
   * A query of them; NULL: there are none on this site.
   */
  private function select(): ?SelectInterface {
    $this->isThere ??= $this->database->schema()->fieldExists(self::TABLE, 'due');
    return $this->isThere ? $this->database->select(self::TABLE, 'r')->isNotNull('r.due')->condition('r.state', RunState::Queued->value) : NULL;
  }

}
