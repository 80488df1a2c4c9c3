<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\LockedRun;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Whether drafts can be sent back, and by whom.
 *
 * @internal
 */
final class SendBackCheck {

  use StringTranslationTrait;

  /**
   * Remarks that are sent at once, at most.
   */
  private const int MOST = 50;

  public function __construct(
    private readonly ReviewLock $lock,
    private readonly DraftVersions $versions,
    private readonly SentBackStore $sentBack,
    private readonly AgentAccounts $accounts,
    private readonly RunContext $context,
    private readonly SiteSecrets $secrets,
    private readonly DateFormatterInterface $dates,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Refuses what nobody could answer.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When nothing, or too much, is said, or nobody would hear it.
   */
  public function said(Run $run, Remarks $remarks): void {
    if ($this->context->current() !== NULL || $this->accounts->isAgentAccount($this->currentUser)) {
      throw new ReviewRefused($this->t('Agents do not review drafts.'));
    }
    if ($remarks->list === []) {
      throw new ReviewRefused($this->t('Say what the agent is to change.'));
    }
    if (count($remarks->list) > self::MOST) {
      throw new ReviewRefused($this->t('At most @most remarks can be sent at once.', ['@most' => self::MOST]));
    }
    foreach ($remarks->list as $remark) {
      if (mb_strlen($remark->text) > Remark::LONGEST) {
        throw new ReviewRefused($this->t('A remark takes at most @most characters.', ['@most' => Remark::LONGEST]));
      }
      if ($this->secrets->redact($remark->text) !== $remark->text) {
        throw new ReviewRefused($this->t('A remark holds a secret of this site. Take it out: models are told what you say.'));
      }
    }
    if (!$run->getAgent()?->status()) {
      throw new ReviewRefused($this->t('The agent of this run was deleted or disabled: nobody would work on the draft. Edit it, or refuse it.'));
    }
  }

  /**
   * The drafts that are remarked on, each locked, and as it is now.
   *
   * Call it in the transaction that has locked the run.
   *
   * @return list<\Drupal\background_agents\Entity\Change>
   *   The drafts.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When one was decided, changed or sent back meanwhile, is another run's,
   *   or may not be reviewed by the current user; or after too many rounds.
   */
  public function drafts(?LockedRun $row, Remarks $remarks): array {
    if ($row === NULL) {
      throw new ReviewRefused($this->t('The run of this draft is not there any more.'));
    }
    $drafts = [];
    foreach ($remarks->drafts as [$change, $seen]) {
      $present = $seen ?? $this->versions->seen($change) ?? throw new ReviewRefused($this->t('The content of this draft is not there any more.'));
      [$draft] = $this->lock->take($change, $present, 'send back');
      $drafts[] = $draft->getRunId() === $row->id ? $draft : throw new ReviewRefused($this->t('This draft is not of this run.'));
    }
    $this->refuseSentBack($row, array_keys($remarks->drafts));
    if (!Rounds::allows($row->round)) {
      throw new ReviewRefused($this->formatPlural(Rounds::MOST, 'The drafts of this run were sent back once already, as often as can be. Accept what is good, edit the draft, or refuse it.', 'The drafts of this run were sent back @count times already, as often as can be. Accept what is good, edit the draft, or refuse it.'));
    }
    return $drafts;
  }

  /**
   * Of two people who send a draft back, the second is told of the first.
   *
   * @param \Drupal\background_agents\Run\LockedRun $row
   *   The run.
   * @param string[] $changes
   *   UUIDs of the drafts.
   */
  private function refuseSentBack(LockedRun $row, array $changes): void {
    foreach ($this->sentBack->ofRun($row->id) as $sent) {
      $isOpen = $sent->round === 0 || ($sent->round === $row->round && !$row->isFinal());
      if ($isOpen && $sent->isAbout($changes)) {
        throw new ReviewRefused($this->t('@who has sent this draft back already, on @when. Wait for what the agent makes of it.', [
          '@who' => $sent->name,
          '@when' => $this->dates->format($sent->created, 'short'),
        ]));
      }
    }
  }

}
