<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\CurrentMeans;
use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\DispatchableAgents;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\OAuth\Tokens;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * GET me: who a request is for Drupal, by which means, and what it may do.
 *
 * @internal
 */
final class MeController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly RunContext $runContext,
    private readonly DispatchableAgents $agents,
    private readonly AccountInterface $currentUser,
    private readonly CurrentKey $currentKey,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Tokens $tokens,
    private readonly CurrentMeans $means,
  ) {}

  /**
   * GET me.
   */
  public function me(): Answer {
    $user = $this->entityTypeManager->getStorage('user')->load($this->currentUser->id());
    $run = $this->runContext->current();
    $isAnonymous = $this->currentUser->isAnonymous();
    $token = $this->tokens->of($this->currentUser);
    $key = $this->currentKey->get();
    $expires = $key->expires ?? $token?->expires;
    return new Answer([
      'account' => $isAnonymous ? NULL : $user?->uuid(),
      'name' => (string) $this->currentUser->getDisplayName(),
      'anonymous' => $isAnonymous,
      'roles' => array_values($this->currentUser->getRoles()),
      'means' => $this->means->get()->means,
      'key' => $key === NULL ? NULL : ['id' => $key->id, 'name' => $key->name],
      'client' => $token?->client,
      'scopes' => $token->scopes ?? [],
      'agents' => $isAnonymous ? [] : array_map(static fn (Agent $agent): string => (string) $agent->id(), $this->agents->all()),
      'runs' => $this->which('view'),
      'manage' => $this->which('manage'),
      'expires' => $expires === NULL ? NULL : Json::time($expires),
    ] + ($run === NULL ? [] : ['run' => $run->uuid(), 'agent' => $run->getAgentId()]));
  }

  /**
   * Of which runs the caller may do something: any, own, or none.
   *
   * Own are those that it asked for; of a run they are those that it started.
   */
  private function which(string $verb): string {
    return match (TRUE) {
      $this->runContext->current() !== NULL => 'own',
      $this->currentUser->isAnonymous() => 'none',
      $this->currentUser->hasPermission('administer background agents') || $this->currentUser->hasPermission("$verb any background agent run") => 'any',
      $this->currentUser->hasPermission("$verb own background agent runs") => 'own',
      default => 'none',
    };
  }

}
