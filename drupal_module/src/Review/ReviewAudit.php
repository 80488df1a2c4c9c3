<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Session\AccountInterface;

/**
 * Notes what reviewers decide in the audit log.
 *
 * @internal
 */
final class ReviewAudit {

  public function __construct(
    private readonly AuditLog $log,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Adds a decision. Call it in the transaction that carries it out.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param string $action
   *   What was decided.
   * @param string $note
   *   Why.
   * @param array<string, mixed> $data
   *   More.
   */
  public function record(Change $change, string $action, string $note, array $data = []): void {
    $run = $change->getRun();
    if ($run !== NULL) {
      $this->log->record(Decision::aboutRun($run, $action, (int) $this->currentUser->id(), Decision::SITE, [
        'note' => $note,
        'entity_type' => $change->getTargetEntityTypeId(),
        'id' => $change->getTargetId(),
        'revision' => $change->getTargetRevisionId(),
      ] + $data));
    }
  }

}
