<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * What a run did to each language of each item, over all its drafts.
 *
 * @internal
 */
final class RunItems {

  /**
   * What was refused or taken back is gone already.
   */
  private const array COUNTED = [Change::ACCEPTED, Change::PENDING, Change::SUPERSEDED];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StoredValues $values,
  ) {}

  /**
   * Returns the changes of a run by item and language, the oldest first.
   *
   * @return array<string, list<\Drupal\background_agents\Entity\Change>>
   *   By "entity type:id:language".
   */
  public function of(Run $run): array {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $ids = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $run->id())
      ->condition('status', self::COUNTED, 'IN')
      ->sort('id')
      ->execute();
    $items = [];
    foreach ($storage->loadMultiple($ids) as $change) {
      assert($change instanceof Change);
      $items[self::key($change)][] = $change;
    }
    return $items;
  }

  /**
   * The item and language of a change.
   */
  public static function key(Change $change): string {
    return $change->getTargetEntityTypeId() . ':' . $change->getTargetId() . ':' . $change->getTargetLangcode();
  }

  /**
   * Joins what the drafts of a run set, one after another.
   *
   * Where a later draft went on from an earlier one, the value of before both
   * counts; where somebody wrote in between, theirs.
   *
   * @param list<\Drupal\background_agents\Entity\Change> $changes
   *   The changes of one item and language, the oldest first.
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   The item, which tells how values are read.
   *
   * @return array{before: array<string, list<mixed>>, after: array<string, list<mixed>>}
   *   Stored items by field.
   */
  public function joined(array $changes, ContentEntityInterface $translation): array {
    $joined = ['before' => [], 'after' => []];
    foreach ($changes as $change) {
      $own = $change->getOwnValues() ?? ['before' => [], 'after' => []];
      $read = $this->values->ofItems($translation, $own['before']);
      $made = $this->values->ofItems($translation, $joined['after']);
      foreach ($own['after'] as $name => $items) {
        $goesOn = isset($joined['after'][$name]) && ThreeWay::same($made[$name] ?? [], $read[$name] ?? []);
        $joined['before'][$name] = $goesOn ? $joined['before'][$name] : $own['before'][$name] ?? [];
        $joined['after'][$name] = $items;
      }
    }
    return $joined;
  }

}
