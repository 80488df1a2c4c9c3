<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Access\OwnAccess;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;

/**
 * Who is told: active people who may see what they are told of. Never agents.
 *
 * @internal
 */
final class NoticePeople {

  /**
   * Most people who are told of one thing.
   */
  private const int MOST = 100;

  /**
   * Drafts of a run that are looked at for one that a person may review.
   */
  private const int DRAFTS = 20;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly NoticeChoices $choices,
    private readonly AgentAccounts $accounts,
    private readonly OwnAccess $access,
  ) {}

  /**
   * A person of an id; NULL: none, blocked, or an agent.
   */
  public function person(?int $uid): ?UserInterface {
    $person = $uid === NULL || $uid === 0 ? NULL : $this->entityTypeManager->getStorage('user')->load($uid);
    return $person instanceof UserInterface && $person->isActive() && !$this->accounts->isAgentAccount($person) ? $person : NULL;
  }

  /**
   * Who asked for a run, if they may see it.
   */
  public function requester(Run $run): ?UserInterface {
    $person = $this->person($run->getRequesterId());
    return $person !== NULL && $this->access->maySee($person, $run) ? $person : NULL;
  }

  /**
   * Those who administer agents.
   *
   * @return int[]
   *   Ids of accounts.
   */
  public function administrators(): array {
    return $this->with('administer background agents');
  }

  /**
   * How many drafts a person may review; the first of them that one may.
   *
   * @param \Drupal\user\UserInterface $person
   *   The person.
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   Drafts of a run.
   */
  public function mayReview(UserInterface $person, array $changes): bool {
    foreach (array_slice($changes, 0, self::DRAFTS) as $change) {
      if ($this->access->mayReview($person, $change)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Those who may review drafts and want to be told of those of others.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   Drafts of a run.
   * @param bool $isDefault
   *   Whether the site tells those who have not chosen.
   *
   * @return int[]
   *   Ids of accounts.
   */
  public function reviewers(array $changes, bool $isDefault): array {
    $uids = $isDefault ? $this->with('review background agent drafts') : $this->choices->whoChose(NoticeKind::Review, self::MOST);
    return array_values(array_filter($uids, function (int $uid) use ($changes): bool {
      $person = $this->person($uid);
      return $person !== NULL && $this->choices->of($uid)[NoticeKind::Review->value] !== NoticeMode::Never && $this->mayReview($person, $changes);
    }));
  }

  /**
   * Active people with a permission, by their roles.
   *
   * @return int[]
   *   Ids of accounts.
   */
  private function with(string $permission): array {
    $roles = array_filter(
      $this->entityTypeManager->getStorage('user_role')->loadMultiple(),
      static fn (RoleInterface $role): bool => $role->hasPermission($permission) && $role->id() !== RoleInterface::ANONYMOUS_ID,
    );
    $query = $this->entityTypeManager->getStorage('user')->getQuery()->accessCheck(FALSE)
      ->condition('status', 1)->condition('uid', 0, '>')->sort('uid')->range(0, self::MOST);
    if (!isset($roles[RoleInterface::AUTHENTICATED_ID])) {
      // User 1 may have all permissions without a role.
      $query->condition($query->orConditionGroup()->condition('uid', 1)->condition('roles', array_keys($roles) ?: [''], 'IN'));
    }
    $people = array_map($this->person(...), array_map(intval(...), array_values($query->execute())));
    $may = array_filter($people, static fn (?UserInterface $person): bool => $person?->hasPermission($permission) ?? FALSE);
    return array_values(array_map(static fn (UserInterface $person): int => (int) $person->id(), $may));
  }

}
