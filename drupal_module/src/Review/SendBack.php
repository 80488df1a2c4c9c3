<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\DraftSentBackEvent;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Session\AccountInterface;

/**
 * Sends drafts back to their agent with remarks, whatever the door.
 *
 * The run goes on in a next generation that knows what was said. All its drafts
 * that nobody has decided about stay. A run at work is waited for.
 *
 * @internal
 */
final class SendBack {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly RunStore $runs,
    private readonly SendBackCheck $check,
    private readonly SentBackStore $sentBack,
    private readonly NextRound $next,
    private readonly ReviewAudit $audit,
    private readonly DecisionListeners $listeners,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Sends drafts of a run back.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that left them.
   * @param \Drupal\background_agents\Review\Remarks $remarks
   *   What the current user says about them.
   *
   * @return bool
   *   TRUE: the agent goes on now. FALSE: it goes on when its run has ended, or
   *   when agents are started again.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it cannot be done; nothing was changed.
   */
  public function send(Run $run, Remarks $remarks): bool {
    $this->check->said($run, $remarks);
    $drafts = $this->transactions->run(function () use ($run, $remarks): array {
      // The row of the run is locked before any other.
      $row = $this->runs->lock($run->uuid());
      $drafts = $this->check->drafts($row, $remarks);
      $this->sentBack->add((int) $run->id(), (int) $this->currentUser->id(), $this->currentUser->getAccountName(), $remarks->list);
      foreach ($drafts as $draft) {
        $said = [$remarks->whole($draft), ...array_values($remarks->ofFields($draft))];
        $this->audit->record($draft, 'send_back', implode("\n", array_filter($said)));
      }
      return $drafts;
    });
    $began = $this->next->begin($run->uuid());
    $now = $this->runs->load((int) $run->id()) ?? $run;
    foreach ($drafts as $draft) {
      $this->listeners->add(new DraftSentBackEvent($draft, $now, (int) $this->currentUser->id(), $remarks->whole($draft), $remarks->ofFields($draft)));
    }
    return $began;
  }

}
