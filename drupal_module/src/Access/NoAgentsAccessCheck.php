<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Routing\Access\AccessInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Closes routes to agents, such as JSON:API's uploads.
 */
final class NoAgentsAccessCheck implements AccessInterface {

  public const string REQUIREMENT = '_background_agents_no_agents';

  public function __construct(
    private readonly AgentScope $scope,
  ) {}

  public function access(AccountInterface $account): AccessResultInterface {
    return AccessResult::forbiddenIf($this->scope->governs($account) || $this->scope->run() !== NULL, 'This route is closed to agents: it makes files public at once.')
      ->orIf(AccessResult::allowed())
      ->addCacheContexts(['background_agents_run']);
  }

}
