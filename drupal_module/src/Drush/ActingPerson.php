<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\user\UserInterface;

/**
 * Does on the command line what a person of the site may do, as them.
 *
 * Who has a shell could do everything. What is decided has to be somebody's all
 * the same, so the person is named each time, and their rights hold.
 *
 * @internal
 */
final class ActingPerson {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly AgentAccounts $agentAccounts,
  ) {}

  /**
   * Does something as a person.
   *
   * @param string|null $who
   *   Name or id of the account.
   * @param callable(\Drupal\user\UserInterface): mixed $work
   *   What is done.
   *
   * @return mixed
   *   What the work returned.
   *
   * @throws \RuntimeException
   *   With the sentence of what was refused.
   */
  public function do(?string $who, callable $work): mixed {
    $person = $this->person((string) $who);
    $this->accountSwitcher->switchTo($person);
    try {
      return $work($person);
    }
    // Drush prints all that came before, too: one sentence is enough.
    catch (ReviewRefused $refused) {
      throw new \RuntimeException(PlainText::of(html_entity_decode(strip_tags((string) $refused->sentence), ENT_QUOTES | ENT_HTML5)));
    }
    catch (ProblemException $refused) {
      throw new \RuntimeException("{$refused->getMessage()} ({$refused->problem->code})");
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

  private function person(string $who): UserInterface {
    if ($who === '') {
      throw new \InvalidArgumentException('Name the person who does this: --as=NAME, or the id of their account. Their rights hold, and it is kept who it was.');
    }
    $storage = $this->entityTypeManager->getStorage('user');
    $found = $storage->loadByProperties(['name' => $who]);
    $person = reset($found) ?: (ctype_digit($who) ? $storage->load($who) : NULL);
    if (!$person instanceof UserInterface || $person->isAnonymous()) {
      throw new \InvalidArgumentException("There is no account \"$who\".");
    }
    if (!$person->isActive()) {
      throw new \InvalidArgumentException("The account \"$who\" is blocked.");
    }
    if ($this->agentAccounts->isAgentAccount($person)) {
      throw new \InvalidArgumentException("The account \"$who\" is an agent's: agents decide nothing.");
    }
    return $person;
  }

}
