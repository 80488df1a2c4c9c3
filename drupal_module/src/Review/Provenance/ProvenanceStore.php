<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Provenance;

use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Statement\FetchAs;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What agents wrote of revisions. All SQL of its table.
 *
 * @internal
 */
final class ProvenanceStore {

  private const string TABLE = 'background_agents_provenance';

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * What agents wrote of a revision of a translation.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   Tells entity type and language.
   * @param int $revision
   *   Id of the revision.
   *
   * @return array<int, \Drupal\background_agents\Review\Provenance\Provenance>
   *   By origin, the oldest first.
   */
  public function of(ContentEntityInterface $translation, int $revision): array {
    $rows = $this->database->select(self::TABLE, 'p')->fields('p')
      ->condition('entity_type', $translation->getEntityTypeId())
      ->condition('revision', $revision)
      ->condition('langcode', $translation->language()->getId())
      ->orderBy('origin')
      ->execute()
      ->fetchAllAssoc('origin');
    return array_map(Provenance::of(...), $rows);
  }

  /**
   * What agents wrote of all languages of some revisions.
   *
   * @param string $entityType
   *   Id of the entity type.
   * @param int[] $revisions
   *   Ids of revisions.
   *
   * @return array<int, array<string, array<int, \Drupal\background_agents\Review\Provenance\Provenance>>>
   *   By revision, language and origin.
   */
  public function ofRevisions(string $entityType, array $revisions): array {
    $found = [];
    $rows = $this->database->select(self::TABLE, 'p')->fields('p')
      ->condition('entity_type', $entityType)
      ->condition('revision', $revisions, 'IN')
      ->execute()
      ->fetchAll();
    foreach ($rows as $row) {
      $found[(int) $row->revision][$row->langcode][(int) $row->origin] = Provenance::of($row);
    }
    return $found;
  }

  /**
   * Writes down what agents wrote of the revision that an entity is.
   *
   * No row is looked for with a lock: editors' saves never wait here.
   */
  public function write(ContentEntityInterface $translation, Provenance $provenance): void {
    $keys = $this->keys($translation, $provenance->origin);
    $fields = [
      'entity_id' => (string) $translation->id(),
      'run' => $provenance->run,
      'agent' => $provenance->agent,
      'model' => mb_substr($provenance->model, 0, 255),
      'version' => $provenance->version,
      'written' => $provenance->written,
      'fields' => json_encode($provenance->fields, JSON_THROW_ON_ERROR),
      'checked' => $provenance->checked,
      'checked_by' => $provenance->checkedBy,
    ];
    if ($this->find($keys) === []) {
      $this->database->insert(self::TABLE)->fields($keys + $fields)->execute();
      return;
    }
    $query = $this->database->update(self::TABLE)->fields($fields);
    foreach ($keys as $column => $value) {
      $query->condition($column, $value);
    }
    $query->execute();
  }

  /**
   * Deletes what was written down of the revision that an entity is.
   */
  public function remove(ContentEntityInterface $translation, int $origin): void {
    $this->delete($this->keys($translation, $origin));
  }

  /**
   * Says of the agents' own revisions that a person has checked them.
   *
   * @param list<int> $origins
   *   Ids of the changes.
   * @param int $uid
   *   Who checked.
   * @param int $time
   *   When.
   */
  public function check(array $origins, int $uid, int $time): void {
    if ($origins !== []) {
      $this->database->update(self::TABLE)
        ->fields(['checked' => $time, 'checked_by' => $uid])
        ->condition('origin', $origins, 'IN')
        ->isNull('checked')
        ->execute();
    }
  }

  /**
   * Forgets an item, one of its languages, or one of its revisions.
   */
  public function forget(ContentEntityInterface $entity, ?string $langcode = NULL, ?int $revision = NULL): void {
    $this->delete(array_filter([
      'entity_type' => $entity->getEntityTypeId(),
      'entity_id' => (string) $entity->id(),
      'langcode' => $langcode,
      'revision' => $revision,
    ], static fn (mixed $value): bool => $value !== NULL));
  }

  /**
   * Rows of what an account is kept as having checked, the oldest first.
   *
   * @return list<\stdClass>
   *   Columns of the table.
   */
  public function checkedBy(int $uid): array {
    return $this->database->select(self::TABLE, 'p')->fields('p')->condition('checked_by', $uid)
      ->orderBy('checked')->orderBy('revision')->execute()->fetchAll();
  }

  /**
   * Forgets who checked, not that it was checked.
   */
  public function erase(int $uid): void {
    $this->database->update(self::TABLE)->fields(['checked_by' => NULL])->condition('checked_by', $uid)->execute();
  }

  /**
   * The primary key of what a draft left in the revision that an entity is.
   */
  private function keys(ContentEntityInterface $translation, int $origin): array {
    return [
      'entity_type' => $translation->getEntityTypeId(),
      'revision' => (int) $translation->getRevisionId(),
      'langcode' => $translation->language()->getId(),
      'origin' => $origin,
    ];
  }

  /**
   * Returns primary keys of rows, without a lock.
   *
   * @return list<array<string, mixed>>
   *   Columns of the key.
   */
  private function find(array $conditions): array {
    $query = $this->database->select(self::TABLE, 'p')->fields('p', ['entity_type', 'revision', 'langcode', 'origin']);
    foreach ($conditions as $column => $value) {
      $query->condition($column, $value);
    }
    return $query->execute()->fetchAll(FetchAs::Associative);
  }

  /**
   * One by one, by their key: no gap is locked where an editor appends.
   */
  private function delete(array $conditions): void {
    foreach ($this->find($conditions) as $keys) {
      $query = $this->database->delete(self::TABLE);
      foreach ($keys as $column => $value) {
        $query->condition($column, $value);
      }
      $query->execute();
    }
  }

}
