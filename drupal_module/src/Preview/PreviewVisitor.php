<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\Core\Messenger\MessengerInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\Core\Session\WriteSafeSessionHandlerInterface;

/**
 * Lets a preview be made as a visitor sees the site, without a session.
 *
 * @internal
 */
final class PreviewVisitor {

  /**
   * Whether the account is another one than who asked.
   */
  private bool $isSwitched = FALSE;

  public function __construct(
    private readonly PreviewMode $mode,
    private readonly AccountSwitcherInterface $switcher,
    private readonly WriteSafeSessionHandlerInterface $sessions,
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * What follows is a preview: it is not cached, and no session is written.
   */
  public function begin(): void {
    $this->mode->begin();
    $this->sessions->setSessionWritable(FALSE);
  }

  /**
   * What follows is made as a visitor who is not logged in sees it.
   *
   * Messages that wait for the person are left out; they stay in the session,
   * which is not written.
   */
  public function become(): void {
    if (!$this->isSwitched) {
      $this->isSwitched = TRUE;
      $this->messenger->deleteAll();
      $this->switcher->switchTo(new AnonymousUserSession());
    }
  }

  /**
   * The request is over.
   */
  public function end(): void {
    $this->mode->end();
    if ($this->isSwitched) {
      $this->isSwitched = FALSE;
      $this->switcher->switchBack();
      // That may have allowed it again, and the messages are left out by now.
      $this->sessions->setSessionWritable(FALSE);
    }
  }

}
