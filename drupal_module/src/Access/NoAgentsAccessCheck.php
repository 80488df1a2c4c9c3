<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Routing\Access\AccessInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Closes routes to agents, such as JSON:API's for writing.
 *
 * @internal
 */
final class NoAgentsAccessCheck implements AccessInterface {

  public const string REQUIREMENT = '_background_agents_no_agents';

  public const array READING = ['GET', 'HEAD', 'OPTIONS'];

  private const string REASON = 'Agents do not write by this route: leave a draft by POST /background-agents/v1/drafts. Reading stays open.';

  public function __construct(
    private readonly AgentScope $scope,
  ) {}

  public function access(AccountInterface $account, Request $request): AccessResultInterface {
    $writes = !in_array($request->getMethod(), self::READING, TRUE);
    return AccessResult::forbiddenIf($writes && ($this->scope->governs($account) || $this->scope->run() !== NULL), self::REASON)
      ->orIf(AccessResult::allowed())
      ->addCacheContexts(['background_agents_run']);
  }

}
