<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Keeps for whom steps of flows asked, and which of them wait for a run.
 *
 * @internal
 */
final class StepStore {

  private const string TABLE = 'background_agents_flowdrop_step';

  /**
   * Seconds for which steps that do not wait are kept: 90 days.
   */
  private const int KEPT = 7776000;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The step at a place; NULL: it was not carried out before.
   */
  public function at(string $place): ?StoredStep {
    return $this->read(fn ($query) => $query->condition('s.place', $place))[0] ?? NULL;
  }

  /**
   * Stores a step. What is known of its place already stays.
   */
  public function remember(string $place, int $requester, int $account, string $pipeline): void {
    $this->database->merge(self::TABLE)->key('place', $place)
      ->insertFields([
        'place' => $place,
        'requester' => $requester,
        'account' => $account,
        'pipeline' => $pipeline,
        'since' => $this->time->getCurrentTime(),
      ])
      ->updateFields(['pipeline' => $pipeline])
      ->execute();
  }

  /**
   * Notes that a step waits for a run.
   */
  public function wait(string $place, string $run, string $message): void {
    $this->set($place, ['run' => $run, 'message' => $message, 'waits' => 1]);
  }

  /**
   * Notes that a step waits no more.
   */
  public function settle(string $place): void {
    $this->set($place, ['waits' => 0]);
  }

  /**
   * Notes that a step waits still.
   */
  public function reopen(string $place): void {
    $this->database->update(self::TABLE)->fields(['waits' => 1])->condition('place', $place)->execute();
  }

  /**
   * The steps that wait for a run.
   *
   * @return \Drupal\background_agents_flowdrop\StoredStep[]
   *   Those that wait longest first.
   */
  public function waitingFor(string $run): array {
    return $this->read(fn ($query) => $query->condition('s.waits', 1)->condition('s.run', $run));
  }

  /**
   * The steps that wait for a run that has ended, or is not there.
   *
   * @return \Drupal\background_agents_flowdrop\StoredStep[]
   *   Those that wait longest first.
   */
  public function overdue(int $limit): array {
    return $this->read(function ($query) use ($limit): void {
      $query->leftJoin('background_agents_run', 'r', '[r].[uuid] = [s].[run]');
      $open = $query->orConditionGroup()->isNull('r.uuid')->condition('r.state', RunState::open(), 'NOT IN');
      $query->condition('s.waits', 1)->condition($open)->range(0, $limit);
    });
  }

  /**
   * Deletes steps that wait no more, long after.
   */
  public function tidy(): void {
    $this->database->delete(self::TABLE)->condition('waits', 0)->condition('since', $this->time->getCurrentTime() - self::KEPT, '<')->execute();
  }

  /**
   * Forgets a person whose account was deleted.
   *
   * A step that waits keeps the number of for whom it asked until it is done:
   * by it the run is found.
   */
  public function forget(int $account): void {
    $anyOf = $this->database->condition('OR')->condition('requester', $account)->condition('account', $account);
    $this->database->delete(self::TABLE)->condition('waits', 0)->condition($anyOf)->execute();
    $this->database->update(self::TABLE)->fields(['account' => 0])->condition('account', $account)->execute();
  }

  private function set(string $place, array $values): void {
    $this->database->update(self::TABLE)->fields($values + ['since' => $this->time->getCurrentTime()])->condition('place', $place)->execute();
  }

  /**
   * Reads steps.
   *
   * @return \Drupal\background_agents_flowdrop\StoredStep[]
   *   Those that wait longest first.
   */
  private function read(callable $narrow): array {
    $query = $this->database->select(self::TABLE, 's')->fields('s')->orderBy('s.since')->orderBy('s.place');
    $narrow($query);
    return array_map(static fn (\stdClass $row): StoredStep => new StoredStep(
      $row->place,
      (int) $row->requester,
      (int) $row->account,
      $row->run,
      $row->pipeline,
      (string) $row->message,
      (int) $row->since,
    ), $query->execute()->fetchAll());
  }

}
