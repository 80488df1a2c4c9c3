<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

use Drupal\background_agents\Access\TokenAccount;
use Drupal\background_agents\Plugin\ScopeGranularity\DispatchScope;
use Drupal\Core\Session\AccountInterface;

/**
 * Reads the tokens of Simple OAuth. Without that module there are none.
 *
 * @internal
 */
final class Tokens {

  /**
   * Constructs a Tokens object.
   *
   * @param object|null $scopes
   *   Simple OAuth's provider of scopes, if that module is there.
   */
  public function __construct(
    private readonly ?object $scopes = NULL,
  ) {}

  /**
   * Whether the site has Simple OAuth 6, which knows scopes.
   */
  public function arePossible(): bool {
    return $this->scopes !== NULL;
  }

  /**
   * Whether the site has a scope for dispatching agents.
   */
  public function scopeExists(): bool {
    return $this->scopes !== NULL && in_array(DispatchScope::ID, $this->kinds(array_values($this->scopes->loadMultiple())), TRUE);
  }

  /**
   * The facts of an account's token; NULL for an account without one.
   */
  public function of(AccountInterface $account): ?TokenFacts {
    $account = TokenAccount::within($account);
    if ($this->scopes === NULL || !TokenAccount::is($account)) {
      return NULL;
    }
    $token = $account->getToken();
    $scopes = $token->get('scopes')->getScopes();
    $kinds = array_unique($this->kinds($scopes));
    $person = $token->get('auth_user_id');
    return new TokenFacts(
      client: (string) $account->getConsumer()->label(),
      scopes: array_values(array_map(static fn (object $scope): string => $scope->getName(), $scopes)),
      expires: (int) $token->get('expire')->value ?: NULL,
      dispatches: in_array(DispatchScope::ID, $kinds, TRUE),
      dispatchesOnly: $kinds === [DispatchScope::ID],
      // Simple OAuth would take the account of the client for it.
      isOrphan: !$person->isEmpty() && $person->entity === NULL,
    );
  }

  /**
   * The kinds of scopes, and of those that umbrellas hold.
   *
   * @param object[] $scopes
   *   Scopes.
   *
   * @return string[]
   *   Ids of granularity plugins.
   */
  private function kinds(array $scopes): array {
    $kinds = [];
    foreach ($scopes as $scope) {
      $kinds[] = $scope->isUmbrella()
        // Simple OAuth takes the permissions of one step down, too.
        ? $this->kinds(array_filter($this->scopes->loadChildren($scope->id()), static fn (object $child): bool => !$child->isUmbrella()))
        : [(string) $scope->getGranularity()?->getPluginId()];
    }
    return array_values(array_merge(...$kinds));
  }

}
