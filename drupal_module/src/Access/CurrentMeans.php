<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\OAuth\Tokens;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * How the sender of this request shows who it is.
 *
 * @internal
 */
final class CurrentMeans {

  public function __construct(
    private readonly RunContext $runContext,
    private readonly CurrentKey $currentKey,
    private readonly Tokens $tokens,
    private readonly AccountInterface $currentUser,
    private readonly RequestStack $requests,
  ) {}

  /**
   * The means by which an account asks; NULL: another one sent this request.
   */
  public function of(int $uid): ?Via {
    return $uid === (int) $this->currentUser->id() ? $this->get() : NULL;
  }

  /**
   * The means, with the key or the client.
   */
  public function get(): Via {
    $key = $this->currentKey->get();
    return match (TRUE) {
      $this->runContext->current() !== NULL => new Via('run'),
      $this->currentUser->isAnonymous() => new Via('anonymous'),
      $key !== NULL => new Via('key', $key->id, $key->name),
      TokenAccount::is($this->currentUser) => new Via('oauth', NULL, $this->tokens->of($this->currentUser)?->client),
      (bool) $this->requests->getMainRequest()?->headers->has('PHP_AUTH_USER') => new Via('basic'),
      default => new Via('session'),
    };
  }

}
