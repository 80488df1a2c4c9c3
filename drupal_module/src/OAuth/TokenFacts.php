<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

/**
 * What an OAuth token says of itself: its client, its scopes, its end.
 *
 * @internal
 */
final class TokenFacts {

  /**
   * Constructs a TokenFacts object.
   *
   * @param string $client
   *   The label of the client.
   * @param string[] $scopes
   *   Names of the scopes that it was given.
   * @param int|null $expires
   *   Unix seconds.
   * @param bool $dispatches
   *   Whether one of the scopes is for dispatching agents.
   * @param bool $dispatchesOnly
   *   Whether all of them are.
   * @param bool $isOrphan
   *   Whether the person that it was given to is gone.
   */
  public function __construct(
    public readonly string $client,
    public readonly array $scopes,
    public readonly ?int $expires,
    public readonly bool $dispatches,
    public readonly bool $dispatchesOnly,
    public readonly bool $isOrphan,
  ) {}

}
