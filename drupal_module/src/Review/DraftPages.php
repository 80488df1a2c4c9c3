<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The drafts of a run for programs, some at a time, the oldest first.
 *
 * @internal
 */
final class DraftPages {

  /**
   * Bytes of drafts in one answer, beyond the first.
   */
  private const int MOST_BYTES = 2_000_000;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DraftDocuments $documents,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns drafts that the current user may see, and where the list goes on.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int $limit
   *   At most so many.
   * @param int $after
   *   Number of the last draft of the page before; 0: from the first.
   *
   * @return array{drafts: list<array<string, mixed>>, next: int|null}
   *   NULL: there are no more.
   */
  public function of(Run $run, int $limit, int $after): array {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $ids = array_values($storage->getQuery()->accessCheck(FALSE)->condition('run', $run->id())->condition('id', $after, '>')->sort('id')->range(0, $limit + 1)->execute());
    $drafts = [];
    $bytes = 0;
    foreach ($storage->loadMultiple(array_slice($ids, 0, $limit)) as $change) {
      assert($change instanceof Change);
      if ($drafts !== [] && $bytes > self::MOST_BYTES) {
        return ['drafts' => $drafts, 'next' => $after];
      }
      $after = (int) $change->id();
      if ($change->access('view', $this->currentUser)) {
        $drafts[] = $document = $this->documents->of($change);
        $bytes += strlen(Json::encode($document));
      }
    }
    return ['drafts' => $drafts, 'next' => count($ids) > $limit ? $after : NULL];
  }

}
