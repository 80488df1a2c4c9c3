<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\ReadForm;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The member `review` of a job: what people said, and the drafts as they are.
 *
 * @internal
 */
final class ReviewDocument {

  /**
   * Bytes of values that a job carries; more is read by the agent itself.
   */
  private const int MOST_BYTES = 200000;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SentBackStore $sentBack,
    private readonly DraftVersions $versions,
    private readonly ReadForm $readForm,
  ) {}

  /**
   * Returns the member for the present round of a run.
   *
   * @return array<string, mixed>
   *   Empty when nobody has sent anything back.
   */
  public function of(Run $run): array {
    if ($run->getRound() === 0) {
      return [];
    }
    $names = $rounds = [];
    foreach ($this->sentBack->ofRun((int) $run->id()) as $sent) {
      if ($sent->round > 0) {
        $names[$sent->round][$sent->name] = $sent->name;
        $rounds[$sent->round] = [...$rounds[$sent->round] ?? [], ...$sent->remarks];
      }
    }
    $now = $rounds[$run->getRound()] ?? [];
    unset($rounds[$run->getRound()]);
    $review = [
      'round' => $run->getRound(),
      'by' => implode(', ', $names[$run->getRound()] ?? []),
      'remarks' => self::documents($now),
      'drafts' => $this->drafts($run, array_column($now, 'change')),
    ];
    foreach ($rounds as $number => $remarks) {
      $review['earlier'][] = ['round' => $number, 'remarks' => self::documents($remarks)];
    }
    return ['review' => $review];
  }

  /**
   * As remarks stand in a job.
   *
   * @param list<\Drupal\background_agents\Review\Remark> $remarks
   *   Remarks.
   *
   * @return list<array<string, string>>
   *   Their documents.
   */
  private static function documents(array $remarks): array {
    return array_map(static fn (Remark $remark): array => $remark->document(), $remarks);
  }

  /**
   * The drafts that nobody has decided about, those with a remark first.
   *
   * @return list<array<string, mixed>>
   *   As in the contract.
   */
  private function drafts(Run $run, array $meant): array {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('run', $run->id())->condition('status', Change::PENDING)->sort('id')->execute();
    $changes = $storage->loadMultiple($ids);
    usort($changes, static fn (Change $a, Change $b): int => (int) in_array($b->uuid(), $meant, TRUE) <=> (int) in_array($a->uuid(), $meant, TRUE));
    $left = self::MOST_BYTES;
    $drafts = [];
    foreach ($changes as $change) {
      $newest = $this->versions->newest($change);
      if ($newest !== NULL) {
        $drafts[] = $this->draft($change, $newest, $left);
      }
    }
    return $drafts;
  }

  /**
   * One draft.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $newest
   *   Its item, as it is now.
   * @param int $left
   *   Bytes that there is room for; what it takes is taken off.
   */
  private function draft(Change $change, ContentEntityInterface $newest, int &$left): array {
    $fields = [];
    foreach (array_keys($change->getOwnValues()['after'] ?? []) as $name) {
      $fields[$name] = $newest->hasField($name) ? array_map(self::withoutRendered(...), $this->readForm->ofList($newest->get($name))) : [];
    }
    $bytes = strlen((string) json_encode($fields, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_UNICODE));
    $hasRoom = $bytes <= $left;
    $left -= $hasRoom ? $bytes : 0;
    return array_filter([
      'change' => $change->uuid(),
      'entity_type' => $change->getTargetEntityTypeId(),
      'bundle' => $change->getTargetBundle(),
      'entity' => $change->getTargetUuid(),
      'langcode' => $change->getTargetLangcode(),
      'label' => (string) $newest->label(),
      'revision' => (int) $newest->getRevisionId(),
      'summary' => $change->getSummary(),
      'fields' => $hasRoom ? (object) $fields : NULL,
    ], static fn (mixed $value): bool => $value !== NULL);
  }

  /**
   * What filters made of a text is no part of it.
   */
  private static function withoutRendered(array $item): array {
    return array_diff_key($item, ['processed' => TRUE, 'summary_processed' => TRUE]);
  }

}
