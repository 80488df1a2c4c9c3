<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Draft\ItemChanges;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\AgentStreak;
use Drupal\background_agents\Run\RunState;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Who is told what when a run has ended.
 *
 * Once for each end: of two hundred drafts of a run one notice with their
 * number is made.
 *
 * @internal
 */
final class EndNotices {

  public function __construct(
    private readonly PersonNotices $notices,
    private readonly NoticePeople $people,
    private readonly ItemChanges $changes,
    private readonly AuditLog $audit,
    private readonly AgentStreak $streak,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Tells of the end of a run. Call it in the transaction that claims it.
   */
  public function tell(Run $run): void {
    if ($run->isDryRun()) {
      // Who tries an agent looks at the page of the run.
      return;
    }
    $pending = $this->changes->pendingOf((int) $run->id());
    if ($pending !== []) {
      $this->drafts($run, $pending);
    }
    if (in_array($run->getState(), [RunState::Failed, RunState::Expired], TRUE)) {
      $this->failure($run);
    }
  }

  /**
   * Who sent the draft back, who asked for the run, or those who review.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param \Drupal\background_agents\Entity\Change[] $pending
   *   Its drafts.
   */
  private function drafts(Run $run, array $pending): void {
    $sender = $this->people->person($this->audit->whoSentBack($run->uuid()));
    if ($sender !== NULL && $this->people->mayReview($sender, $pending)) {
      $this->add((int) $sender->id(), NoticeKind::Back, $run, $pending);
      return;
    }
    $requester = $this->people->person($run->getRequesterId());
    if ($requester !== NULL && $this->people->mayReview($requester, $pending)) {
      $this->add((int) $requester->id(), NoticeKind::Draft, $run, $pending);
      return;
    }
    $isDefault = $this->configFactory->get('background_agents.settings')->get('notice.defaults.review') !== NoticeMode::Never->value;
    foreach ($this->people->reviewers($pending, $isDefault) as $uid) {
      $this->add($uid, NoticeKind::Review, $run, $pending);
    }
  }

  /**
   * Who asked; and those who administer, at a budget or a streak once.
   */
  private function failure(Run $run): void {
    $requester = $this->people->requester($run);
    if ($requester !== NULL) {
      $this->add((int) $requester->id(), NoticeKind::Failed, $run);
    }
    $reason = (string) $run->getReason();
    $failures = $this->streak->failures($run->getAgentId());
    $most = (int) $this->configFactory->get('background_agents.settings')->get('notice.failing_after');
    foreach ($this->people->administrators() as $uid) {
      if (str_starts_with($reason, 'limit:budget_')) {
        $agent = $reason === 'limit:budget_site' ? '' : $run->getAgentId();
        $this->notices->add(new Notice($uid, NoticeKind::Budget, $agent . ':' . gmdate('Y-m-d', $this->time->getCurrentTime()), $agent, (int) $run->id()));
        continue;
      }
      $this->add($uid, NoticeKind::Failed, $run);
      if ($failures >= $most) {
        // The same until a run of the agent has succeeded.
        $since = $this->streak->lastSuccess($run->getAgentId());
        $this->notices->add(new Notice($uid, NoticeKind::Failing, "{$run->getAgentId()}:$since", $run->getAgentId(), (int) $run->id(), $failures));
      }
    }
  }

  /**
   * Adds a notice about a run as it has ended now.
   *
   * @param int $uid
   *   The person.
   * @param \Drupal\background_agents\Notice\NoticeKind $kind
   *   What it is.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param \Drupal\background_agents\Entity\Change[] $drafts
   *   Its drafts.
   */
  private function add(int $uid, NoticeKind $kind, Run $run, array $drafts = []): void {
    $one = count($drafts) === 1 ? reset($drafts) : NULL;
    $this->notices->add(new Notice(
      $uid,
      $kind,
      "{$run->id()}:{$run->getGeneration()}",
      $run->getAgentId(),
      (int) $run->id(),
      count($drafts),
      $one instanceof Change ? (int) $one->id() : NULL,
    ));
  }

}
