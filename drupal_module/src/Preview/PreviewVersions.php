<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\ProposedVersions;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;

/**
 * Which versions of an item are shown in previews of a draft.
 *
 * @internal
 */
final class PreviewVersions {

  /**
   * Stands for the revision that a test run proposes: none was saved.
   */
  public const int PROPOSED = 0;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly ProposedVersions $proposed,
  ) {}

  /**
   * The draft: the newest version while it waits, then what the agent left.
   *
   * NULL: it is not there any more.
   */
  public function draft(Change $change): ?ContentEntityInterface {
    return $change->isPending() ? $this->versions->newest($change) : $this->versions->draft($change);
  }

  /**
   * What visitors see now; NULL: nothing, or the draft itself.
   */
  public function published(Change $change): ?ContentEntityInterface {
    $published = $this->versions->published($change);
    $isPublic = $published !== NULL && (!$published instanceof EntityPublishedInterface || $published->isPublished());
    return $isPublic && $published->getRevisionId() !== $this->draft($change)?->getRevisionId() ? $published : NULL;
  }

  /**
   * What the agent read; NULL: it made the item, or the version is gone.
   */
  public function read(Change $change): ?ContentEntityInterface {
    $read = $this->versions->base($change);
    return $read?->getRevisionId() === $this->draft($change)?->getRevisionId() ? NULL : $read;
  }

  /**
   * A version by the id of its revision; NULL: it is none that is shown.
   */
  public function find(Change $change, int $revision): ?ContentEntityInterface {
    if ($change->isDryRun()) {
      return match ($revision) {
        self::PROPOSED => $this->proposed->after($change),
        $change->getBaseRevisionId() => $this->proposed->before($change),
        default => NULL,
      };
    }
    foreach (['draft', 'published', 'read'] as $which) {
      $version = $this->$which($change);
      if ($version !== NULL && (int) $version->getRevisionId() === $revision) {
        return $version;
      }
    }
    return NULL;
  }

  /**
   * The version that a preview link is for; NULL: it is not shown any more.
   *
   * It is the draft as the agent left it, or the newest version: never what is
   * published instead.
   */
  public function linked(Change $change, int $revision): ?ContentEntityInterface {
    foreach ([$this->versions->draft($change), $this->versions->newest($change)] as $version) {
      if ($version !== NULL && (int) $version->getRevisionId() === $revision) {
        return $version;
      }
    }
    return NULL;
  }

}
