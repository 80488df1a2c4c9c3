<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Mail\MailManagerInterface;
use Drupal\Core\Utility\Error;
use Drupal\user\UserInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Mails people what they are told: one mail about all there is.
 *
 * A person gets at most one mail in a while, and one digest a day. A mail that
 * could not be sent is tried again later, with what has come since.
 *
 * @internal
 */
final class PersonMails {

  private const int DAY = 86400;

  /**
   * People who are mailed at a time.
   */
  private const int PEOPLE = 50;

  public function __construct(
    private readonly PersonNotices $notices,
    private readonly NoticeChoices $choices,
    private readonly NoticePeople $people,
    private readonly MailManagerInterface $mailManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Sends what people want at once, if their last mail is some time ago.
   */
  public function sendNow(): void {
    $minutes = (int) $this->configFactory->get('background_agents.settings')->get('notice.gather_minutes');
    $this->send(NoticeMode::Now, $this->time->getCurrentTime() - 60 * $minutes);
  }

  /**
   * Sends the digests that are due. Cron calls it.
   */
  public function sendDigests(): void {
    $this->send(NoticeMode::Digest, $this->time->getCurrentTime() - self::DAY);
  }

  private function send(NoticeMode $mode, int $before): void {
    foreach ($this->notices->due($mode, $before, self::PEOPLE) as $uid) {
      if ($this->choices->claim($uid, $mode, $before)) {
        $this->mail($uid, $mode);
      }
    }
  }

  /**
   * Sends one mail to a person that this process has claimed.
   */
  private function mail(int $uid, NoticeMode $mode): void {
    // Now that nobody else can: what another process sent is not here any more.
    $notices = $this->notices->unmailed($uid, $mode);
    $person = $this->people->person($uid);
    $allowed = $person === NULL || (string) $person->getEmail() === '' ? [] : array_filter($notices, static fn (Notice $notice): bool => $notice->kind->permission() === NULL || $person->hasPermission($notice->kind->permission()));
    $this->notices->mailed(array_udiff($notices, $allowed, static fn (Notice $a, Notice $b): int => $a->id <=> $b->id), 0);
    $isSent = $allowed === [] || $person === NULL || $this->deliver($person, array_values($allowed), $mode);
    if ($isSent) {
      $this->notices->mailed($allowed, $this->time->getCurrentTime());
    }
    $this->choices->release($uid, $mode, $isSent && $allowed !== []);
  }

  /**
   * Hands the mail to the site.
   *
   * @param \Drupal\user\UserInterface $person
   *   The person.
   * @param \Drupal\background_agents\Notice\Notice[] $notices
   *   What it is about.
   * @param \Drupal\background_agents\Notice\NoticeMode $mode
   *   At once, or the digest.
   */
  private function deliver(UserInterface $person, array $notices, NoticeMode $mode): bool {
    try {
      // No message on the page: whoever asks here may be the sidecar.
      $sent = $this->mailManager->mail('background_agents', 'notices', (string) $person->getEmail(), $person->getPreferredLangcode(), [
        'notices' => $notices,
        'uid' => (int) $person->id(),
        'mode' => $mode,
        '_error_message' => '',
      ]);
      // NULL: another module withheld it.
      if ($sent['result'] !== FALSE) {
        return TRUE;
      }
      $this->logger->warning('A mail with notices of background agents could not be sent. It is tried again. Check how this site sends mail.');
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
    return FALSE;
  }

}
