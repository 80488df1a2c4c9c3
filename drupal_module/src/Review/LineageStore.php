<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * The agents whose work published translations hold.
 *
 * Rows are appended in an editor's save and never waited for; cron deletes the
 * older ones of a translation.
 *
 * @internal
 */
final class LineageStore {

  private const string TABLE = 'background_agents_lineage';

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Returns what was last written of a translation.
   *
   * @return array{fingerprint: string, agents: string[], starts: array<string, int>}|null
   *   What was last written of a translation.
   */
  public function newest(ContentEntityInterface $translation): ?array {
    $row = $this->database->select(self::TABLE, 'l')
      ->fields('l', ['fingerprint', 'agents', 'starts'])
      ->condition('entity_type', $translation->getEntityTypeId())
      ->condition('entity_id', (string) $translation->id())
      ->condition('langcode', $translation->language()->getId())
      ->orderBy('id', 'DESC')
      ->range(0, 1)
      ->execute()
      ->fetchAssoc();
    return $row === FALSE ? NULL : [
      'fingerprint' => $row['fingerprint'],
      'agents' => json_decode($row['agents'], TRUE, 512, JSON_THROW_ON_ERROR),
      'starts' => json_decode($row['starts'], TRUE, 512, JSON_THROW_ON_ERROR),
    ];
  }

  /**
   * Writes down a judgement, or what has become of it in the same save.
   */
  public function write(ContentEntityInterface $translation, Judgement $judgement): void {
    $starts = json_encode($judgement->starts, JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT);
    if ($judgement->row !== NULL) {
      $this->database->update(self::TABLE)->fields(['starts' => $starts])->condition('id', $judgement->row)->execute();
      return;
    }
    $judgement->row = (int) $this->database->insert(self::TABLE)->fields([
      'entity_type' => $translation->getEntityTypeId(),
      'entity_id' => (string) $translation->id(),
      'langcode' => $translation->language()->getId(),
      'fingerprint' => $judgement->fingerprint,
      'agents' => json_encode($judgement->agents, JSON_THROW_ON_ERROR),
      'starts' => $starts,
    ])->execute();
  }

  /**
   * Deletes the rows of an item that is deleted, or of one of its languages.
   */
  public function forget(ContentEntityInterface $entity, ?string $langcode = NULL): void {
    $query = $this->database->select(self::TABLE, 'l')
      ->fields('l', ['id'])
      ->condition('entity_type', $entity->getEntityTypeId())
      ->condition('entity_id', (string) $entity->id());
    if ($langcode !== NULL) {
      $query->condition('langcode', $langcode);
    }
    $this->delete($query->execute()->fetchCol());
  }

  /**
   * Deletes rows that a newer one of the same translation has replaced.
   *
   * @param int $limit
   *   At most so many.
   */
  public function deleteReplaced(int $limit): void {
    $this->delete($this->database->queryRange(
      'SELECT l.id FROM {background_agents_lineage} l WHERE EXISTS (SELECT 1 FROM {background_agents_lineage} n'
      . ' WHERE n.entity_type = l.entity_type AND n.entity_id = l.entity_id AND n.langcode = l.langcode AND n.id > l.id)',
      0,
      $limit,
    )->fetchCol());
  }

  /**
   * One by one, by their key: no gap is locked where an editor appends.
   */
  private function delete(array $ids): void {
    foreach ($ids as $id) {
      $this->database->delete(self::TABLE)->condition('id', $id)->execute();
    }
  }

}
