<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Entity\Run;
use Drupal\Component\Datetime\TimeInterface;

/**
 * What a dispatch key may be told, while nobody asks with it.
 *
 * @internal
 */
final class KeyRights {

  /**
   * Each of these is enough to view the runs that one asked for.
   */
  private const array VIEW = ['view own background agent runs', 'view any background agent run', 'administer background agents'];

  public function __construct(
    private readonly KeyStore $keys,
    private readonly KeyOwners $owners,
    private readonly CurrentKey $current,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Whether a key would be let in now.
   */
  public function state(string $id): KeyState {
    $key = $this->keys->load($id);
    return match (TRUE) {
      $key === NULL => KeyState::Revoked,
      $key->isExpired($this->time->getCurrentTime()) => KeyState::Expired,
      // Of the owner, also in a request that is made with this very key.
      $this->current->setAside(fn (): bool => $this->owners->of($key) === NULL) => KeyState::OwnerMayNot,
      default => KeyState::Good,
    };
  }

  /**
   * The same of the key that a webhook belongs to; Good: it is an agent's.
   */
  public function ofWebhook(string $key): KeyState {
    return $key === '' ? KeyState::Good : $this->state($key);
  }

  /**
   * Which runs a key would be shown now: those that it started itself.
   *
   * @param string $id
   *   Id of the key, which is good.
   * @param \Drupal\background_agents\Entity\Run[] $runs
   *   Runs.
   *
   * @return \Drupal\background_agents\Entity\Run[]
   *   The ones among them, with their array keys.
   */
  public function own(string $id, array $runs): array {
    $key = $this->keys->load($id);
    if ($key === NULL || !$this->current->setAside(fn (): bool => $this->mayView($key))) {
      return [];
    }
    return array_filter($runs, static fn (Run $run): bool => $run->getRequesterId() === $key->uid && $run->get('via_key')->value === $key->id && $key->isFor($run->getAgentId()));
  }

  private function mayView(DispatchKey $key): bool {
    $owner = $this->owners->of($key);
    return $owner !== NULL && array_filter(self::VIEW, $owner->hasPermission(...)) !== [];
  }

}
