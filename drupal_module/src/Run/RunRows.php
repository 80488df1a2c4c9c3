<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Draft\RunDraftCounts;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\UserInterface;

/**
 * The runs of the list as rows for spreadsheets, read some at a time.
 *
 * @internal
 */
final class RunRows {

  use StringTranslationTrait;

  /**
   * A file has no more: what is behind them is named in its last row.
   */
  public const int MOST = 10_000;

  private const int AT_ONCE = 250;

  private const array NAMES = ['uuid', 'state', 'reason', 'message', 'agent', 'agent_label'];

  private const array USAGE = ['steps', 'tool_calls', 'input_tokens', 'output_tokens'];

  public function __construct(
    private readonly RunListPage $page,
    private readonly RunListAccess $access,
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunDraftCounts $drafts,
  ) {}

  /**
   * The ids of the runs that the list shows, one more than fit into a file.
   *
   * @param array<string, mixed> $filters
   *   As in the address of the list.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   Whoever asks.
   *
   * @return list<int>
   *   In the order of the list.
   */
  public function ids(array $filters, AccountInterface $account): array {
    $query = $this->filtered($filters) ?? $this->all();
    // Views restricts what it executes itself only.
    $this->access->restrict($query, (string) array_key_first($query->getTables()), $account);
    return array_map(intval(...), $query->range(0, self::MOST + 1)->execute()->fetchCol());
  }

  /**
   * The rows, after one with the names of the columns.
   *
   * @param list<int> $ids
   *   What ids() found.
   *
   * @return \Generator<list<string|int|float|null>>
   *   The rows.
   */
  public function of(array $ids): \Generator {
    yield [
      'run', ...self::NAMES, 'trigger', 'requester', 'means', 'key_or_program', 'content_type', 'content_id', 'content_label', 'created', 'started', 'finished', 'seconds',
      ...self::USAGE, 'cost_usd', 'drafts', ...array_keys(Change::statusLabels()),
    ];
    foreach (array_chunk(array_slice($ids, 0, self::MOST), self::AT_ONCE) as $chunk) {
      // Not as entities: ten thousand of them take minutes.
      $runs = $this->database->select('background_agents_run', 'r')->fields('r')->condition('r.id', $chunk, 'IN')->execute()->fetchAllAssoc('id');
      $names = $this->names(array_column($runs, 'uid'));
      $counts = $this->drafts->of($chunk);
      foreach ($chunk as $id) {
        if (isset($runs[$id])) {
          yield $this->row($runs[$id], $names[$runs[$id]->uid] ?? NULL, $counts[$id] ?? []);
        }
      }
    }
    if (count($ids) > self::MOST) {
      yield [(string) $this->t('Only the first @count runs are in this file. Set filters in the list, such as dates, for the others.', ['@count' => self::MOST])];
    }
  }

  /**
   * The names of people.
   *
   * @param array<string|null> $ids
   *   Their ids.
   *
   * @return array<int|string, string>
   *   By id.
   */
  private function names(array $ids): array {
    $people = $this->entityTypeManager->getStorage('user')->loadMultiple(array_unique(array_filter($ids)));
    return array_map(static fn (UserInterface $person): string => (string) $person->getDisplayName(), $people);
  }

  /**
   * One row.
   *
   * @param \stdClass $run
   *   The columns of a run.
   * @param string|null $requester
   *   Who asked for it.
   * @param array<string, int> $drafts
   *   Numbers of drafts by status.
   *
   * @return list<string|int|float|null>
   *   The cells.
   */
  private function row(\stdClass $run, ?string $requester, array $drafts): array {
    return [
      (int) $run->id,
      ...array_map(static fn (string $name): ?string => $run->$name, self::NAMES),
      $run->trigger_type,
      $requester,
      $run->via_means ?? NULL,
      $run->via_name ?? NULL,
      $run->target_type,
      $run->target_id,
      $run->target_label,
      self::time($run->created),
      self::time($run->started),
      self::time($run->finished),
      $run->started === NULL || $run->finished === NULL ? NULL : $run->finished - $run->started,
      ...array_map(static fn (string $name): int => (int) $run->$name, self::USAGE),
      $run->cost_micros / 1_000_000,
      array_sum($drafts),
      ...array_map(static fn (string $status): int => $drafts[$status] ?? 0, array_keys(Change::statusLabels())),
    ];
  }

  /**
   * The query of the view; NULL: there is no view.
   */
  private function filtered(array $filters): ?SelectInterface {
    $view = $this->page->view();
    if ($view === NULL) {
      return NULL;
    }
    $view->setExposedInput(array_diff_key($filters, ['page' => TRUE]));
    $view->setItemsPerPage(0);
    $view->preExecute();
    $view->build();
    $query = $view->build_info['query'];
    if (!$query instanceof SelectInterface) {
      // A filter has a value that it does not offer: the list is empty, too.
      return $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->alwaysFalse();
    }
    $query->addMetaData('view', $view);
    // Only the ids: what is behind them is read some at a time.
    $fields = &$query->getFields();
    $fields = array_intersect_key($fields, ['id' => TRUE]) + array_intersect_key($fields, $query->getOrderBy());
    return $query;
  }

  private function all(): SelectInterface {
    return $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->orderBy('created', 'DESC')->orderBy('id', 'DESC');
  }

  private static function time(?string $time): ?string {
    return $time === NULL ? NULL : gmdate('Y-m-d\TH:i:s\Z', (int) $time);
  }

}
