<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The runs that somebody may see, some at a time, the newest first.
 *
 * The database decides who sees a row. A list goes on after a place, not at a
 * number of rows: runs that come meanwhile move nothing.
 *
 * @internal
 */
final class RunPages {

  public function __construct(
    private readonly Connection $database,
    private readonly RunListAccess $access,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Returns some of the runs.
   *
   * @param \Drupal\background_agents\Run\RunFilter $filter
   *   Which are asked for.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   Whoever asks.
   * @param int $limit
   *   At most so many.
   * @param list<int>|null $after
   *   RunPage::$next of the page before; NULL: from the newest.
   */
  public function of(RunFilter $filter, AccountInterface $account, int $limit, ?array $after = NULL): RunPage {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->orderBy('r.created', 'DESC')->orderBy('r.id', 'DESC')->range(0, $limit + 1);
    $this->filter($query, $filter);
    if ($after !== NULL) {
      [$created, $id] = $after;
      // The first condition is what an index is read by.
      $query->condition('r.created', $created, '<=')->condition($query->orConditionGroup()->condition('r.created', $created, '<')->condition('r.id', $id, '<'));
    }
    $this->access->restrict($query, 'r', $account);
    $ids = $query->execute()->fetchCol();
    $runs = $this->load(array_slice($ids, 0, $limit));
    $last = $runs === [] ? NULL : $runs[array_key_last($runs)];
    return new RunPage($runs, count($ids) > $limit && $last !== NULL ? [$last->getCreatedTime(), (int) $last->id()] : NULL);
  }

  /**
   * How many of the runs there are in all, whatever the page.
   */
  public function count(RunFilter $filter, AccountInterface $account): int {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['id']);
    $this->filter($query, $filter);
    $this->access->restrict($query, 'r', $account);
    return (int) $query->countQuery()->execute()->fetchField();
  }

  private function filter(SelectInterface $query, RunFilter $filter): void {
    foreach (['r.state' => $filter->states, 'r.trigger_type' => $filter->triggers] as $column => $values) {
      if ($values !== []) {
        $query->condition($column, $values, 'IN');
      }
    }
    $same = [
      'r.agent' => $filter->agent,
      'r.batch' => $filter->batch,
      'r.parent' => $filter->parent,
      'r.trigger_id' => $filter->triggerId,
    ];
    foreach ($same as $column => $value) {
      if ($value !== NULL) {
        $query->condition($column, $value);
      }
    }
    if ($filter->since !== NULL) {
      $query->condition('r.created', $filter->since, '>=');
    }
    if ($filter->before !== NULL) {
      $query->condition('r.created', $filter->before, '<');
    }
    if ($filter->activeSince !== NULL) {
      $query->where('COALESCE([r].[finished], [r].[started], [r].[created]) >= :active', [':active' => $filter->activeSince]);
    }
    $this->filterByReason($query, $filter);
  }

  /**
   * Leaves those of which the state alone does not say how they stand.
   */
  private function filterByReason(SelectInterface $query, RunFilter $filter): void {
    if ($filter->asks !== NULL) {
      $query->where('CASE WHEN [r].[state] = :waiting AND [r].[waiting_for] = :approval THEN 1 ELSE 0 END = :asks', [
        ':waiting' => RunState::Waiting->value,
        ':approval' => 'approval',
        ':asks' => (int) $filter->asks,
      ]);
    }
    if ($filter->refused !== NULL) {
      $query->where('CASE WHEN [r].[state] = :failed AND [r].[reason] LIKE :refusals THEN 1 ELSE 0 END = :refused', [
        ':failed' => RunState::Failed->value,
        ':refusals' => $this->database->escapeLike(DispatchRefused::REASON) . '%',
        ':refused' => (int) $filter->refused,
      ]);
    }
  }

  /**
   * The runs with these ids, and who asked for them, in two queries.
   *
   * @param array<int|string> $ids
   *   The ids.
   *
   * @return list<\Drupal\background_agents\Entity\Run>
   *   In that order.
   */
  private function load(array $ids): array {
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($ids);
    $people = array_filter(array_map(static fn (Run $run): ?int => $run->getRequesterId(), $runs));
    $this->entityTypeManager->getStorage('user')->loadMultiple(array_unique($people));
    return array_values($runs);
  }

}
