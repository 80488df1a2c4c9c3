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
 * Nor what an agent may not that started it, or started that one.
 *
 * Asked of entity access, not of permissions: "edit any" of the agent and
 * "edit own" of the person would meet in nothing.
 *
 * @internal
 */
final class RequesterAccess {

  /**
   * TRUE while somebody is asked: their answer needs no further limit.
   */
  private bool $asking = FALSE;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Who else has to be allowed what this account wants: all of them.
   *
   * @return \Drupal\Core\Session\AccountInterface[]
   *   Each once.
   */
  public function limiting(AccountInterface $account): array {
    if ($this->asking || !$this->scope->actsByToken($account) || !$this->configFactory->get('background_agents.settings')->get('guard.least_of_both')) {
      return [];
    }
    $limiting = [];
    foreach ($this->scope->superiors() as $superior) {
      $limiting[(int) $superior->id()] = $superior;
    }
    unset($limiting[(int) $account->id()]);
    return array_values($limiting);
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
   * Asks for each that bounds the run, where the site wants that.
   *
   * @param callable(\Drupal\Core\Session\AccountInterface): \Drupal\Core\Access\AccessResultInterface $question
   *   The question.
   */
  private function ask(AccountInterface $account, callable $question, string $what): AccessResultInterface {
    $result = AccessResult::neutral();
    foreach ($this->limiting($account) as $superior) {
      $this->asking = TRUE;
      try {
        $allowed = $question($superior);
      }
      finally {
        $this->asking = FALSE;
      }
      if (!$allowed->isAllowed()) {
        return AccessResult::forbidden(sprintf('%s may not %s.', $this->name($superior), $what))
          ->addCacheableDependency($allowed)->addCacheableDependency($superior);
      }
      $result->addCacheableDependency($allowed)->addCacheableDependency($superior);
    }
    return $result;
  }

  /**
   * Whom a refusal names.
   */
  public function name(AccountInterface $superior): string {
    return $this->scope->governs($superior) ? 'The agent that started this run' : 'The person who asked for this run';
  }

}
