<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

/**
 * When people are told: after the response that caused it, and by cron.
 *
 * @internal
 */
final class NoticeRounds {

  public function __construct(
    private readonly WaitingNotices $waiting,
    private readonly PersonMails $mails,
  ) {}

  /**
   * Tells of what was noted, and mails those who want it at once.
   */
  public function send(): void {
    $this->waiting->send();
    $this->mails->sendNow();
  }

  /**
   * The same, and the digests of the day.
   */
  public function sendByCron(): void {
    $this->send();
    $this->mails->sendDigests();
  }

}
