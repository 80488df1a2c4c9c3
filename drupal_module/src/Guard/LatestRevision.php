<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Entity\TranslatableRevisionableStorageInterface;

/**
 * Which revision of a translation is the newest, and may be built on.
 *
 * @internal
 */
final class LatestRevision {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The revision that a new draft of the translation has to be made from.
   *
   * That is the latest one that changed this language. When it was published
   * and other languages were published since, it is the default revision: it
   * holds the same text of this language, and the others' newest.
   */
  public function idOf(string $entityType, string|int $id, string $langcode): ?int {
    $storage = $this->entityTypeManager->getStorage($entityType);
    if (!$storage instanceof RevisionableStorageInterface) {
      return NULL;
    }
    $latest = $storage instanceof TranslatableRevisionableStorageInterface
      ? $storage->getLatestTranslationAffectedRevisionId($id, $langcode) ?? $storage->getLatestRevisionId($id)
      : $storage->getLatestRevisionId($id);
    if ($latest === NULL) {
      return NULL;
    }
    $default = $this->defaultIdOf($entityType, $id);
    if ($default === NULL || $default <= (int) $latest) {
      return (int) $latest;
    }
    $revision = $storage->loadRevision($latest);
    return $revision instanceof ContentEntityInterface && $revision->wasDefaultRevision() ? $default : (int) $latest;
  }

  /**
   * Whether a revision that someone read still is the newest of a translation.
   *
   * The revision that last changed the language, and the one idOf() names,
   * hold the same text: both are accepted.
   */
  public function isCurrent(string $entityType, string|int $id, string $langcode, int $revision): bool {
    $current = $this->idOf($entityType, $id, $langcode);
    if ($current === $revision) {
      return TRUE;
    }
    $storage = $this->entityTypeManager->getStorage($entityType);
    return $storage instanceof TranslatableRevisionableStorageInterface
      && $current === $this->defaultIdOf($entityType, $id)
      && (int) $storage->getLatestTranslationAffectedRevisionId($id, $langcode) === $revision;
  }

  /**
   * Id of the stored default revision, past every cache.
   */
  public function defaultIdOf(string $entityType, string|int $id): ?int {
    $storage = $this->entityTypeManager->getStorage($entityType);
    $result = $storage->getQuery()
      ->currentRevision()
      ->accessCheck(FALSE)
      ->condition($storage->getEntityType()->getKey('id'), $id)
      ->execute();
    return $result === [] ? NULL : (int) key($result);
  }

}
