<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Fields whose form asks for a permission that field access does not know.
 *
 * Whoever writes without a form passes such a permission by: so it is asked of
 * agents here. Alterable by hook_background_agents_field_permissions_alter().
 *
 * @internal
 */
final class WidgetPermissions {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly RequesterAccess $requesters,
    private readonly ModuleHandlerInterface $moduleHandler,
  ) {}

  /**
   * Why an account may not edit a field; NULL when it may.
   */
  public function refusal(FieldDefinitionInterface $field, AccountInterface $account): ?string {
    if (Calendar::plans($field) && !$this->scope->mayPublish()) {
      return sprintf('The field "%s" plans that an item is published or unpublished. An agent that may not publish does not plan it either.', $field->getName());
    }
    foreach ($this->needed($field) as $permission) {
      if (!$account->hasPermission($permission)) {
        return sprintf('The field "%s" needs the permission "%s".', $field->getName(), $permission);
      }
      foreach ($this->requesters->limiting($account) as $superior) {
        if (!$superior->hasPermission($permission)) {
          return sprintf('%s may not edit the field "%s": it needs the permission "%s".', $this->requesters->name($superior), $field->getName(), $permission);
        }
      }
    }
    return NULL;
  }

  /**
   * Names of an item's fields that the agent may not edit for this reason.
   *
   * @return string[]
   */
  public function closed(ContentEntityInterface $entity): array {
    $account = $this->scope->account();
    return array_keys(array_filter($entity->getFieldDefinitions(), fn (FieldDefinitionInterface $field): bool => $this->refusal($field, $account) !== NULL));
  }

  /**
   * Returns permissions; all of them are needed.
   *
   * @return string[]
   *   Permissions; all of them are needed.
   */
  private function needed(FieldDefinitionInterface $field): array {
    $type = $field->getTargetEntityTypeId();
    $permissions = match (TRUE) {
      Calendar::plans($field) => ['schedule publishing of ' . ($type === 'node' ? 'nodes' : $type)],
      $field->getType() === 'rabbit_hole' => ["rabbit hole administer $type"],
      default => [],
    };
    $this->moduleHandler->alter('background_agents_field_permissions', $permissions, $field);
    return $permissions;
  }

}
