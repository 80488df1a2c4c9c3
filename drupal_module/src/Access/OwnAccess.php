<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Handler\AgentAccessControlHandler;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\user\UserInterface;

/**
 * Asks permissions of the account that makes a request, and of its person.
 *
 * The two may be different objects of one id, with different permissions: the
 * account of an OAuth token, and the person's own. A dispatch key limits both.
 * Drupal keeps permissions by the current account, and answers of entity access
 * by its id, so the person is asked by permission, and as the current account.
 *
 * @internal
 */
final class OwnAccess {

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly CurrentKey $currentKey,
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
    return $this->mayStart($agent, $requester, 'run', AgentAccessControlHandler::runPermissions($agent));
  }

  /**
   * Whether a test run of an agent may be made for somebody.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent, which may be disabled.
   * @param int $requester
   *   As of mayRun().
   */
  public function mayTest(Agent $agent, int $requester): bool {
    return $this->mayStart($agent, $requester, 'test', AgentAccessControlHandler::testPermissions($agent));
  }

  /**
   * Whether somebody may be told which agents there are.
   *
   * @param int $requester
   *   Id of the person. Only who asks in this request is kept from it.
   */
  public function mayKnowAll(int $requester): bool {
    $all = ['run any background agent', 'administer background agents'];
    return (int) $this->currentUser->id() !== $requester || self::hasOneOf($this->currentUser, $all);
  }

  private function mayStart(Agent $agent, int $requester, string $operation, array $permissions): bool {
    if ((int) $this->currentUser->id() === $requester && !(self::hasOneOf($this->currentUser, $permissions) && $agent->access($operation, $this->currentUser))) {
      return FALSE;
    }
    $person = $this->entityTypeManager->getStorage('user')->load($requester);
    return $person instanceof UserInterface && $person->isActive() && $this->as($person, static fn (): bool => self::hasOneOf($person, $permissions));
  }

  /**
   * Whether somebody may see a run and answer its question, by themselves.
   */
  public function mayAnswer(UserInterface $person, Run $run): bool {
    return $this->mayAll($person, $run, ['view', 'manage']);
  }

  /**
   * Whether somebody may see a run, by themselves.
   */
  public function maySee(UserInterface $person, Run $run): bool {
    return $this->mayAll($person, $run, ['view']);
  }

  /**
   * Whether somebody may review a draft, by themselves.
   */
  public function mayReview(UserInterface $person, Change $change): bool {
    return $this->mayAll($person, $change, ['review']);
  }

  /**
   * Asks an entity's handler for several operations, past what it has kept.
   *
   * @param \Drupal\user\UserInterface $person
   *   The person.
   * @param \Drupal\Core\Entity\EntityInterface $entity
   *   The entity.
   * @param string[] $operations
   *   All of them are needed.
   */
  private function mayAll(UserInterface $person, EntityInterface $entity, array $operations): bool {
    return $this->as($person, function () use ($person, $entity, $operations): bool {
      $handler = $this->entityTypeManager->getAccessControlHandler($entity->getEntityTypeId());
      $handler->resetCache();
      try {
        return array_filter($operations, static fn (string $operation): bool => !$handler->access($entity, $operation, $person)) === [];
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
      return $this->currentKey->setAside($question);
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

}
