<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The runs that have to do with an item. All SQL of it.
 *
 * Those that it started, or that were started for it, and those that left a
 * draft on it. Each half reads its own index; one query over both reads none.
 *
 * @internal
 */
final class ItemRuns {

  private const string RUNS = 'background_agents_run';
  private const string CHANGES = 'background_agents_change';

  /**
   * Runs at work that are told of at most.
   */
  private const int AT_WORK = 10;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Runs that have not ended and have to do with a translation.
   *
   * A run that names no language has to do with all of them; a run that stands
   * for many items has to do with each.
   *
   * @return \Drupal\background_agents\Entity\Run[]
   *   The newest first.
   */
  public function atWork(ContentEntityInterface $translation): array {
    $langcode = $translation->language()->getId();
    $started = $this->startedFor($translation);
    $started->condition($started->orConditionGroup()
      ->isNull('r.target_langcode')
      ->condition('r.target_langcode', ['', $langcode], 'IN'));
    $ids = $this->folded($translation);
    foreach ([$started, $this->drafting($translation, $langcode)] as $query) {
      $query->condition('r.state', RunState::open(), 'IN')->orderBy('r.id', 'DESC')->range(0, self::AT_WORK);
      $ids = [...$ids, ...$query->execute()->fetchCol()];
    }
    return $this->load(array_unique($ids), self::AT_WORK);
  }

  /**
   * A page of all runs of an item, in all languages, the newest first.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $item
   *   The item.
   * @param int|null $requester
   *   Only those that this person asked for; NULL: all.
   * @param int $offset
   *   How many are left out.
   * @param int $limit
   *   At most so many.
   *
   * @return \Drupal\background_agents\Entity\Run[]
   *   The runs.
   */
  public function page(ContentEntityInterface $item, ?int $requester, int $offset, int $limit): array {
    $ids = [];
    foreach ([$this->startedFor($item), $this->drafting($item)] as $query) {
      if ($requester !== NULL) {
        $query->condition('r.uid', $requester);
      }
      $ids = [...$ids, ...$query->orderBy('r.id', 'DESC')->range(0, $offset + $limit)->execute()->fetchCol()];
    }
    $ids = array_unique($ids);
    rsort($ids);
    return $this->load(array_slice($ids, $offset), $limit);
  }

  private function startedFor(ContentEntityInterface $item): SelectInterface {
    return $this->database->select(self::RUNS, 'r')->fields('r', ['id'])
      ->condition('r.target_type', $item->getEntityTypeId())
      ->condition('r.target_uuid', $item->uuid());
  }

  /**
   * Those that left drafts: all, or those whose draft of a language waits.
   */
  private function drafting(ContentEntityInterface $item, ?string $langcode = NULL): SelectInterface {
    $query = $this->database->select(self::CHANGES, 'c');
    $query->join(self::RUNS, 'r', '[r].[id] = [c].[run]');
    $query->fields('r', ['id'])->distinct()
      ->condition('c.target_type', $item->getEntityTypeId())
      ->condition('c.target_uuid', $item->uuid());
    if ($langcode !== NULL) {
      $query->condition('c.status', Change::PENDING)->condition('c.target_langcode', $langcode);
    }
    return $query;
  }

  /**
   * Runs at work that stand for many items, one of which it is.
   *
   * Of runs that have ended this would read too much.
   *
   * @return int[]
   *   Their ids.
   */
  private function folded(ContentEntityInterface $translation): array {
    $uuid = (string) $translation->uuid();
    $query = $this->database->select(self::RUNS, 'r')->fields('r', ['id']);
    $query->join('background_agents_run_data', 'd', '[d].[run] = [r].[id]');
    $rows = $query->fields('d', ['items'])
      ->condition('r.state', RunState::open(), 'IN')
      ->condition('d.items', '%' . $this->database->escapeLike("\"$uuid\"") . '%', 'LIKE')
      ->execute()->fetchAllKeyed();
    $isIt = static fn (array $item): bool => ($item['uuid'] ?? NULL) === $uuid
      && in_array($item['langcode'] ?? NULL, [NULL, '', $translation->language()->getId()], TRUE);
    return array_keys(array_filter($rows, static fn (string $items): bool => array_filter(json_decode($items, TRUE, 512, JSON_THROW_ON_ERROR), $isIt) !== []));
  }

  /**
   * Loads runs, the newest first.
   *
   * @return \Drupal\background_agents\Entity\Run[]
   */
  private function load(array $ids, int $limit): array {
    rsort($ids);
    return array_values($this->entityTypeManager->getStorage(self::RUNS)->loadMultiple(array_slice($ids, 0, $limit)));
  }

}
