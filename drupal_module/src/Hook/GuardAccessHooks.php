<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\RequesterAccess;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;

/**
 * The guard's first layer: access, deny by default.
 *
 * @internal
 */
final class GuardAccessHooks {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly AgentAccess $access,
    private readonly RequesterAccess $requesters,
  ) {}

  /**
   * Implements hook_entity_access().
   */
  #[Hook('entity_access')]
  public function entityAccess(EntityInterface $entity, string $operation, AccountInterface $account): AccessResultInterface {
    if (!$this->scope->governs($account)) {
      return self::neutral();
    }
    $result = $this->access->entity($entity, $operation, $account);
    return self::ofRun($result->isForbidden() ? $result : $result->orIf($this->requesters->entity($entity, $operation, $account)));
  }

  /**
   * Implements hook_entity_create_access().
   */
  #[Hook('entity_create_access')]
  public function entityCreateAccess(AccountInterface $account, array $context, ?string $entity_bundle): AccessResultInterface {
    if (!$this->scope->governs($account)) {
      return self::neutral();
    }
    $result = $this->access->create($context['entity_type_id'], $entity_bundle, $account);
    return self::ofRun($result->isForbidden() ? $result : $result->orIf($this->requesters->create($context['entity_type_id'], $entity_bundle, $context, $account)));
  }

  /**
   * Implements hook_entity_field_access().
   */
  #[Hook('entity_field_access')]
  public function entityFieldAccess(string $operation, FieldDefinitionInterface $field_definition, AccountInterface $account, ?FieldItemListInterface $items = NULL): AccessResultInterface {
    if (!$this->scope->governs($account)) {
      return self::neutral();
    }
    $result = $this->access->field($operation, $field_definition, $account, $items);
    return self::ofRun($result->isForbidden() ? $result : $result->orIf($this->requesters->field($operation, $field_definition, $account, $items)));
  }

  /**
   * What was made for one run must not be served to another one.
   */
  private static function ofRun(AccessResultInterface $result): AccessResultInterface {
    assert($result instanceof AccessResult);
    return $result->addCacheContexts(['background_agents_run']);
  }

  /**
   * What was made for anybody else must not be served to an agent.
   */
  private static function neutral(): AccessResultInterface {
    return AccessResult::neutral()->addCacheContexts(['background_agents_run']);
  }

}
