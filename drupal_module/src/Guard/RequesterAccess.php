<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The least of both: a run may not do what the person who asked may not.
 *
 * Asked of entity access, not of permissions: "edit any" of the agent and
 * "edit own" of the person would meet in nothing.
 *
 * @internal
 */
final class RequesterAccess {

  /**
   * TRUE while the requester is asked: their answer needs no further limit.
   */
  private bool $asking = FALSE;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Who else has to be allowed what this account wants; NULL: nobody.
   */
  public function limiting(AccountInterface $account): ?AccountInterface {
    if ($this->asking || !$this->scope->actsByToken($account) || !$this->configFactory->get('background_agents.settings')->get('guard.least_of_both')) {
      return NULL;
    }
    $requester = $this->scope->requester();
    return $requester === NULL || (int) $requester->id() === (int) $account->id() ? NULL : $requester;
  }

  public function entity(EntityInterface $entity, string $operation, AccountInterface $account): AccessResultInterface {
    return $this->ask($account, static fn (AccountInterface $requester): AccessResultInterface => $entity->access($operation, $requester, TRUE), "$operation this");
  }

  public function create(string $entityType, ?string $bundle, array $context, AccountInterface $account): AccessResultInterface {
    $handler = $this->entityTypeManager->getAccessControlHandler($entityType);
    return $this->ask($account, static fn (AccountInterface $requester): AccessResultInterface => $handler->createAccess($bundle, $requester, $context, TRUE), "create \"$bundle\"");
  }

  public function field(string $operation, FieldDefinitionInterface $field, AccountInterface $account, ?FieldItemListInterface $items): AccessResultInterface {
    $handler = $this->entityTypeManager->getAccessControlHandler($field->getTargetEntityTypeId());
    return $this->ask($account, static fn (AccountInterface $requester): AccessResultInterface => $handler->fieldAccess($operation, $field, $requester, $items, TRUE), "$operation the field \"{$field->getName()}\"");
  }

  /**
   * Asks for the person who asked for the run, where the site wants that.
   *
   * @param callable(\Drupal\Core\Session\AccountInterface): \Drupal\Core\Access\AccessResultInterface $question
   *   The question.
   */
  private function ask(AccountInterface $account, callable $question, string $what): AccessResultInterface {
    $requester = $this->limiting($account);
    if ($requester === NULL) {
      return AccessResult::neutral();
    }
    $this->asking = TRUE;
    try {
      $allowed = $question($requester);
    }
    finally {
      $this->asking = FALSE;
    }
    $result = $allowed->isAllowed()
      ? AccessResult::neutral()
      : AccessResult::forbidden(sprintf('The person who asked for this run may not %s.', $what));
    return $result->addCacheableDependency($allowed)->addCacheableDependency($requester);
  }

}
