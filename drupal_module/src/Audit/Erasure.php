<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Notice\NoticeRetention;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\background_agents\Review\SentBackStore;
use Drupal\background_agents\Run\RunStore;

/**
 * Puts a pseudonym where a person is named who is erased.
 *
 * The decisions stay, and those of one person stay recognisable as one's.
 *
 * @internal
 */
final class Erasure {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly AuditLog $audit,
    private readonly EventStore $events,
    private readonly RunStore $runs,
    private readonly SentBackStore $sentBack,
    private readonly ProposedRules $proposedRules,
    private readonly PersonalRows $rows,
    private readonly NoticeRetention $notices,
  ) {}

  /**
   * Erases an account from all that is kept.
   */
  public function erase(int $uid): void {
    $pseudonym = 'erased-' . bin2hex(random_bytes(4));
    $this->transactions->run(function () use ($uid, $pseudonym): void {
      $this->sentBack->erase($uid, $pseudonym);
      $this->proposedRules->erase($uid, $pseudonym);
      $this->rows->forget($uid);
      $this->notices->deleteOf($uid);
      foreach ($this->audit->erase($uid, $pseudonym) as $name => $runs) {
        foreach ($runs as $uuid) {
          $run = $this->runs->byUuid($uuid);
          if ($run !== NULL) {
            $this->events->rename((int) $run->id(), (string) $name, $pseudonym);
          }
        }
      }
    });
  }

}
