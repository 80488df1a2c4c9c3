<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityHandlerInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Who may view a run, manage it (cancel, pause, retry, answer), and undo it.
 *
 * Runs are made by the Dispatcher alone, and changed by the events of the
 * sidecar alone: nobody may create or update them as entities.
 *
 * @internal
 */
final class RunAccessControlHandler extends EntityAccessControlHandler implements EntityHandlerInterface {

  public function __construct(
    EntityTypeInterface $entity_type,
    private readonly RunContext $runContext,
    private readonly AgentAccounts $accounts,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly CurrentKey $currentKey,
  ) {
    parent::__construct($entity_type);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self($entity_type, $container->get(RunContext::class), $container->get(AgentAccounts::class), $container->get('entity_type.manager'), $container->get(CurrentKey::class));
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(EntityInterface $entity, $operation, AccountInterface $account): AccessResultInterface {
    assert($entity instanceof Run);
    return match ($operation) {
      'view', 'view label' => $this->anyOrOwn($entity, $account, 'view'),
      'manage' => $this->anyOrOwn($entity, $account, 'manage'),
      'undo' => $this->undo($entity, $account),
      'delete' => $this->deleteAccess($entity, $account),
      default => AccessResult::forbidden('Runs are changed by their events only.'),
    };
  }

  /**
   * Who reviews drafts and may see the run undoes it, when it has ended.
   *
   * What may be done with each item is asked when it is done.
   */
  private function undo(Run $run, AccountInterface $account): AccessResultInterface {
    if ($this->runContext->current() !== NULL || $this->accounts->isAgentAccount($account)) {
      return AccessResult::forbidden('Agents do not undo runs.')->setCacheMaxAge(0);
    }
    if ($run->isDryRun()) {
      return AccessResult::forbidden('A test run saved nothing.')->setCacheMaxAge(0);
    }
    if (!$run->isFinal()) {
      // Forbidden, for core forgets that a neutral result is not cacheable.
      return AccessResult::forbidden('The run has not ended.')->setCacheMaxAge(0);
    }
    return AccessResult::allowedIfHasPermission($account, 'review background agent drafts')->andIf($this->anyOrOwn($run, $account, 'view'));
  }

  /**
   * With a run its drafts would vanish from all lists.
   */
  private function deleteAccess(Run $run, AccountInterface $account): AccessResultInterface {
    $waiting = $this->entityTypeManager->getStorage('background_agents_change')->getQuery()
      ->accessCheck(FALSE)->condition('run', $run->id())->condition('status', Change::PENDING)->range(0, 1)->execute();
    return $waiting === []
      ? AccessResult::allowedIfHasPermission($account, 'administer background agents')->setCacheMaxAge(0)
      : AccessResult::forbidden('Somebody has to decide about a draft of this run first.')->setCacheMaxAge(0);
  }

  private function anyOrOwn(Run $run, AccountInterface $account, string $verb): AccessResultInterface {
    $current = $this->runContext->current();
    if ($current !== NULL) {
      // An agent follows itself and the runs it started, whatever permissions
      // its account was given.
      $isItself = $verb === 'view' && $run->uuid() === $current->uuid();
      return AccessResult::allowedIf($isItself || $run->getParentUuid() === $current->uuid())->setCacheMaxAge(0);
    }
    if ($this->currentKey->of($account)?->isFor($run->getAgentId()) === FALSE) {
      return AccessResult::forbidden('The dispatch key is not for this agent.')->setCacheMaxAge(0);
    }
    $any = AccessResult::allowedIfHasPermissions($account, [
      'administer background agents',
      "$verb any background agent run",
    ], 'OR');
    $own = AccessResult::allowedIfHasPermission($account, "$verb own background agent runs")
      ->andIf(AccessResult::allowedIf($account->isAuthenticated() && $run->getRequesterId() === (int) $account->id()))
      ->cachePerUser()
      ->addCacheableDependency($run);
    return $any->orIf($own)->addCacheContexts(['background_agents_run', 'background_agents_key']);
  }

  /**
   * {@inheritdoc}
   */
  protected function checkCreateAccess(AccountInterface $account, array $context, $entity_bundle = NULL): AccessResultInterface {
    return AccessResult::forbidden('Runs are made by dispatching an agent.');
  }

}
