<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

/**
 * A dispatch key of a person, as it is kept: its secret is not.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class DispatchKey {

  /**
   * Constructs a DispatchKey object.
   *
   * @param string $id
   *   Its id, which is no secret.
   * @param int $uid
   *   The account that it is of.
   * @param string $name
   *   What its owner calls it.
   * @param string[]|null $agents
   *   Ids of the agents that it is for; NULL: all that its owner may run.
   * @param int $created
   *   Unix time.
   * @param int|null $expires
   *   Unix time; NULL: never.
   * @param \Drupal\background_agents\Key\LastUse|null $lastUse
   *   When and from where it was used last; NULL: never.
   */
  public function __construct(
    public readonly string $id,
    public readonly int $uid,
    public readonly string $name,
    public readonly ?array $agents,
    public readonly int $created,
    public readonly ?int $expires = NULL,
    public readonly ?LastUse $lastUse = NULL,
  ) {}

  /**
   * Whether the key is for an agent, and for the runs of it.
   */
  public function isFor(string $agent): bool {
    return $this->agents === NULL || in_array($agent, $this->agents, TRUE);
  }

  /**
   * Whether its time is over.
   */
  public function isExpired(int $now): bool {
    return $this->expires !== NULL && $this->expires <= $now;
  }

}
