<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Handler\AgentAccessControlHandler;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\user\UserInterface;

/**
 * Asks permissions of the account that makes a request, and of its person.
 *
 * The two may be different objects of one id, with different permissions: the
 * account of an OAuth token, and the person's own. Drupal keeps permissions by
 * the current account, and answers of entity access by its id, so the person is
 * asked by permission, and as the current account.
 *
 * @internal
 */
final class OwnAccess {

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Whether an agent may be run for somebody.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param int $requester
   *   Id of the person. When the request is theirs, its account has to be
   *   allowed too.
   */
  public function mayRun(Agent $agent, int $requester): bool {
    $permissions = AgentAccessControlHandler::runPermissions($agent);
    if ((int) $this->currentUser->id() === $requester && !(self::hasOneOf($this->currentUser, $permissions) && $agent->access('run', $this->currentUser))) {
      return FALSE;
    }
    $person = $this->entityTypeManager->getStorage('user')->load($requester);
    return $person instanceof UserInterface && $person->isActive() && $this->as($person, static fn (): bool => self::hasOneOf($person, $permissions));
  }

  /**
   * Whether somebody may see a run and answer its question, by themselves.
   */
  public function mayAnswer(UserInterface $person, Run $run): bool {
    return $this->as($person, function () use ($person, $run): bool {
      $handler = $this->entityTypeManager->getAccessControlHandler('background_agents_run');
      $handler->resetCache();
      try {
        return $handler->access($run, 'view', $person) && $handler->access($run, 'manage', $person);
      }
      finally {
        $handler->resetCache();
      }
    });
  }

  /**
   * Tells whether an account has one of several permissions.
   *
   * @param string[] $permissions
   *   Names; one is enough.
   */
  private static function hasOneOf(AccountInterface $account, array $permissions): bool {
    foreach ($permissions as $permission) {
      if ($account->hasPermission($permission)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Asks a question while another account is the current one.
   *
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The current account while the question is answered.
   * @param callable(): bool $question
   *   The question.
   */
  private function as(AccountInterface $account, callable $question): bool {
    $this->accountSwitcher->switchTo($account);
    try {
      return $question();
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

}
