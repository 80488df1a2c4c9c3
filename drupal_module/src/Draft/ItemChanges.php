<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Query\QueryInterface;

/**
 * The drafts of an item, as its pages show them: decided about or not.
 *
 * @internal
 */
final class ItemChanges {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The draft that a revision of a translation is; NULL: no agent's.
   */
  public function ofRevision(ContentEntityInterface $translation, int $revision): ?Change {
    return $this->load($this->query($translation)
      ->condition('target_langcode', $translation->language()->getId())
      ->condition('target_revision', $revision)
      ->sort('id', 'DESC')->range(0, 1))[0] ?? NULL;
  }

  /**
   * The drafts that some runs left in a language of an item, the newest first.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $translation
   *   The item in that language.
   * @param int[] $runs
   *   Numeric ids.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   The drafts.
   */
  public function ofRuns(ContentEntityInterface $translation, array $runs): array {
    return $runs === [] ? [] : $this->load($this->query($translation)
      ->condition('target_langcode', $translation->language()->getId())
      ->condition('run', $runs, 'IN')
      ->sort('id', 'DESC'));
  }

  /**
   * A page of the saved drafts of an item in all languages, the newest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   The drafts.
   */
  public function page(ContentEntityInterface $item, int $offset, int $limit): array {
    return $this->load($this->query($item)->condition('status', Change::DRY_RUN, '<>')->sort('id', 'DESC')->range($offset, $limit));
  }

  /**
   * Undecided drafts of a run, the oldest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   The drafts.
   */
  public function pendingOf(int $run): array {
    return $this->load($this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->getQuery()
      ->accessCheck(FALSE)
      ->condition('run', $run)
      ->condition('status', Change::PENDING)
      ->sort('id'));
  }

  private function query(ContentEntityInterface $item): QueryInterface {
    return $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->getQuery()
      ->accessCheck(FALSE)
      ->condition('target_type', $item->getEntityTypeId())
      ->condition('target_uuid', $item->uuid());
  }

  /**
   * Loads the changes that a query finds, in its order.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   */
  private function load(QueryInterface $query): array {
    return array_values($this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadMultiple($query->execute()));
  }

}
