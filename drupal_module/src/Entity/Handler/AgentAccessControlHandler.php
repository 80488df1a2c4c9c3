<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Adds the operations "run" and "test" to those of an agent.
 *
 * @internal
 */
final class AgentAccessControlHandler extends EntityAccessControlHandler {

  /**
   * {@inheritdoc}
   */
  protected $viewLabelOperation = TRUE;

  /**
   * The permissions one of which is needed to run an agent.
   *
   * @return string[]
   */
  public static function runPermissions(EntityInterface $agent): array {
    return ['run any background agent', "run {$agent->id()} background agent"];
  }

  /**
   * The permissions one of which is needed for a test run of an agent.
   *
   * @return string[]
   */
  public static function testPermissions(Agent $agent): array {
    return ['administer background agents', ...$agent->status() ? self::runPermissions($agent) : []];
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(EntityInterface $entity, $operation, AccountInterface $account): AccessResultInterface {
    return match ($operation) {
      // Their names stand in the lists and on the pages of runs.
      'view label' => AccessResult::allowedIfHasPermissions($account, [
        'administer background agents',
        'view any background agent run',
        'view own background agent runs',
        ...self::runPermissions($entity),
      ], 'OR'),
      'run' => AccessResult::allowedIfHasPermissions($account, self::runPermissions($entity), 'OR'),
      'test' => $this->test($entity, $account),
      default => parent::checkAccess($entity, $operation, $account),
    };
  }

  /**
   * Who runs it, and who administers agents: they also before it is enabled.
   */
  private function test(EntityInterface $agent, AccountInterface $account): AccessResultInterface {
    assert($agent instanceof Agent);
    return AccessResult::allowedIfHasPermissions($account, self::testPermissions($agent), 'OR')->addCacheableDependency($agent);
  }

}
