<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Adds the operation "run" to those of an agent.
 */
final class AgentAccessControlHandler extends EntityAccessControlHandler {

  /**
   * {@inheritdoc}
   */
  protected $viewLabelOperation = TRUE;

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(EntityInterface $entity, $operation, AccountInterface $account): AccessResultInterface {
    return match ($operation) {
      'view label' => AccessResult::allowed(),
      'run' => AccessResult::allowedIfHasPermissions($account, [
        'run any background agent',
        "run {$entity->id()} background agent",
      ], 'OR'),
      default => parent::checkAccess($entity, $operation, $account),
    };
  }

}
