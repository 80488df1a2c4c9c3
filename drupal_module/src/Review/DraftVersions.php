<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Entity\TranslatableRevisionableStorageInterface;

/**
 * The versions of an item that a review compares, in the draft's language.
 *
 * @internal
 */
final class DraftVersions {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LatestRevision $latest,
  ) {}

  /**
   * What is newest and what is default now; NULL: the item is gone.
   */
  public function seen(Change $change): ?Seen {
    if (!$this->entityTypeManager->hasDefinition($change->getTargetEntityTypeId())) {
      return NULL;
    }
    $newest = $this->latest->idOf($change->getTargetEntityTypeId(), $change->getTargetId(), (string) $change->getTargetLangcode());
    return $newest === NULL ? NULL : new Seen($newest, $this->latest->defaultIdOf($change->getTargetEntityTypeId(), $change->getTargetId()));
  }

  /**
   * The newest revision: the draft, perhaps with an editor's words in it.
   */
  public function newest(Change $change): ?ContentEntityInterface {
    $seen = $this->seen($change);
    return $seen === NULL ? NULL : $this->revision($change, $seen->newest);
  }

  /**
   * The draft as the agent left it; NULL: its revision was deleted.
   */
  public function draft(Change $change): ?ContentEntityInterface {
    return $this->revision($change, $change->getTargetRevisionId());
  }

  /**
   * The revision that the agent read; NULL: it made the item.
   */
  public function base(Change $change): ?ContentEntityInterface {
    $base = $change->getBaseRevisionId();
    return $base === NULL ? NULL : $this->revision($change, $base);
  }

  /**
   * What visitors see; NULL: nothing was published yet.
   */
  public function published(Change $change): ?ContentEntityInterface {
    $seen = $this->seen($change);
    if ($seen?->default === NULL || $seen->default === $change->getTargetRevisionId()) {
      return NULL;
    }
    $revision = $this->revision($change, $seen->default);
    // An item that was never published has its drafts as default revisions.
    return $seen->default === $seen->newest && $revision instanceof EntityPublishedInterface && !$revision->isPublished() ? NULL : $revision;
  }

  /**
   * What a draft is shown as: the newest version while it waits.
   */
  public function shown(Change $change): ?ContentEntityInterface {
    $newest = $this->newest($change);
    return $newest === NULL || $change->isPending() ? $newest : $this->draft($change) ?? $newest;
  }

  /**
   * What a draft is compared with: what visitors see while it waits.
   */
  public function former(Change $change): ?ContentEntityInterface {
    return $change->isPending() ? $this->published($change) ?? $this->base($change) : $this->base($change);
  }

  /**
   * The default version, published or not; NULL: not there in this language.
   */
  public function live(Change $change): ?ContentEntityInterface {
    $default = $this->seen($change)?->default;
    return $default === NULL ? NULL : $this->revision($change, $default);
  }

  /**
   * The storage of the item's type.
   */
  public function storage(Change $change): RevisionableStorageInterface&TranslatableRevisionableStorageInterface {
    $storage = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId());
    assert($storage instanceof RevisionableStorageInterface && $storage instanceof TranslatableRevisionableStorageInterface);
    return $storage;
  }

  /**
   * A revision in the draft's language; NULL: there is none.
   */
  public function revision(Change $change, int $id): ?ContentEntityInterface {
    $revision = $id === 0 ? NULL : $this->storage($change)->loadRevision($id);
    $langcode = (string) $change->getTargetLangcode();
    return $revision instanceof ContentEntityInterface && $revision->hasTranslation($langcode) ? $revision->getTranslation($langcode) : NULL;
  }

}
