<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * What is newest and default of the items of several drafts.
 *
 * In two queries for each entity type, whatever their number.
 *
 * @internal
 */
final class PresentRevisions {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * What there is of each draft's item, in the draft's language.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The drafts.
   *
   * @return array<int, \Drupal\background_agents\Review\Seen>
   *   By id of the change; none for an item that is gone.
   */
  public function of(array $changes): array {
    $byType = [];
    foreach ($changes as $change) {
      $byType[$change->getTargetEntityTypeId()][] = $change;
    }
    $seen = [];
    foreach ($byType as $type => $members) {
      $definition = $this->entityTypeManager->getDefinition($type, FALSE);
      if ($definition?->getRevisionDataTable() !== NULL) {
        $seen += $this->ofType($definition, $members);
      }
    }
    return $seen;
  }

  /**
   * The same, of items of one type.
   *
   * @param \Drupal\Core\Entity\EntityTypeInterface $definition
   *   The type.
   * @param list<\Drupal\background_agents\Entity\Change> $changes
   *   Drafts of its items.
   *
   * @return array<int, \Drupal\background_agents\Review\Seen>
   *   By id of the change.
   */
  private function ofType(EntityTypeInterface $definition, array $changes): array {
    $id = $definition->getKey('id');
    $revision = $definition->getKey('revision');
    $langcode = $definition->getKey('langcode');
    $ids = array_values(array_unique(array_map(static fn (Change $change): string => $change->getTargetId(), $changes)));
    $defaults = $this->database->select($definition->getBaseTable(), 'b')->fields('b', [$id, $revision])->condition("b.$id", $ids, 'IN')->execute()->fetchAllKeyed();
    $query = $this->database->select($definition->getRevisionDataTable(), 'r')->fields('r', [$id, $langcode]);
    $query->addExpression("MAX([r].[$revision])", 'newest');
    $rows = $query->condition("r.$id", $ids, 'IN')
      ->condition('r.' . $definition->getKey('revision_translation_affected'), 1)
      ->groupBy("r.$id")
      ->groupBy("r.$langcode")
      ->execute();
    $newest = [];
    foreach ($rows as $row) {
      $newest[$row->$id][$row->$langcode] = (int) $row->newest;
    }
    $seen = [];
    foreach ($changes as $change) {
      $latest = $newest[$change->getTargetId()][(string) $change->getTargetLangcode()] ?? NULL;
      if ($latest !== NULL && isset($defaults[$change->getTargetId()])) {
        $seen[(int) $change->id()] = new Seen($latest, (int) $defaults[$change->getTargetId()]);
      }
    }
    return $seen;
  }

}
