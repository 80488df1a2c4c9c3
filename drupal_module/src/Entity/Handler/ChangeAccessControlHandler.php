<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityHandlerInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * A change is visible to who may view its run, or the content it changed.
 *
 * @internal
 */
final class ChangeAccessControlHandler extends EntityAccessControlHandler implements EntityHandlerInterface {

  public function __construct(
    EntityTypeInterface $entity_type,
    private readonly DraftVersions $versions,
    private readonly RunContext $runContext,
    private readonly AgentAccounts $accounts,
  ) {
    parent::__construct($entity_type);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self($entity_type, $container->get(DraftVersions::class), $container->get(RunContext::class), $container->get(AgentAccounts::class));
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(EntityInterface $entity, $operation, AccountInterface $account): AccessResultInterface {
    assert($entity instanceof Change);
    return match ($operation) {
      'view', 'view label' => $this->viewAccess($entity, $account),
      'review' => $this->reviewAccess($entity, $account),
      'send back' => $this->sendBackAccess($entity, $account),
      'delete' => AccessResult::allowedIfHasPermission($account, 'administer background agents'),
      default => AccessResult::forbidden('Changes are recorded, not edited.'),
    };
  }

  private function viewAccess(Change $change, AccountInterface $account): AccessResultInterface {
    $access = $change->getRun()?->access('view', $account, TRUE) ?? AccessResult::neutral();
    // Of a test run, there is nothing that an editor of the content decides.
    if ($access->isAllowed() || $change->isDryRun()) {
      return $access;
    }
    $target = $change->getTarget();
    // Who may edit the content decides about its drafts, so sees the change.
    return $target === NULL ? $access : $access->orIf($target->access('update', $account, TRUE));
  }

  /**
   * Who may edit the newest version of the content, and review at all.
   */
  private function reviewAccess(Change $change, AccountInterface $account): AccessResultInterface {
    if ($change->isDryRun()) {
      return AccessResult::forbidden('A test run left it: it was not saved.')->addCacheableDependency($change);
    }
    $newest = $this->versions->newest($change);
    if ($newest === NULL) {
      return AccessResult::neutral('The content was deleted.')->addCacheableDependency($change);
    }
    return AccessResult::allowedIfHasPermission($account, 'review background agent drafts')->andIf($newest->access('update', $account, TRUE));
  }

  /**
   * Who reviews the draft, and who manages its run and may see the draft.
   *
   * Nothing is decided by it: the run goes on, as with a retry, and the draft
   * stays. Agents never do.
   */
  private function sendBackAccess(Change $change, AccountInterface $account): AccessResultInterface {
    if ($this->runContext->current() !== NULL || $this->accounts->isAgentAccount($account)) {
      return AccessResult::forbidden('Agents do not send drafts back.')->setCacheMaxAge(0);
    }
    if ($change->isDryRun()) {
      return AccessResult::forbidden('A test run left it: it was not saved.')->addCacheableDependency($change);
    }
    $manage = ($change->getRun()?->access('manage', $account, TRUE) ?? AccessResult::neutral())->andIf($change->access('view', $account, TRUE));
    // Not orIf(): that the content may not be edited would forbid it.
    return $manage->isAllowed() ? $manage : $change->access('review', $account, TRUE);
  }

  /**
   * {@inheritdoc}
   */
  protected function checkCreateAccess(AccountInterface $account, array $context, $entity_bundle = NULL): AccessResultInterface {
    return AccessResult::forbidden('Changes are recorded by the draft writer.');
  }

}
