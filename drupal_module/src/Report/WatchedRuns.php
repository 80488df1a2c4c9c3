<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\Core\KeyValueStore\KeyValueExpirableFactoryInterface;
use Drupal\Core\KeyValueStore\KeyValueStoreExpirableInterface;

/**
 * The runs that somebody looks at now.
 *
 * The sidecar is told with each answer to a batch, and sends their events
 * first.
 *
 * @internal
 */
final class WatchedRuns {

  /**
   * A page asks at least this often, so that a closed one is soon forgotten.
   */
  private const int SECONDS = 15;

  /**
   * The contract sets no limit; more would be a load, not a help.
   */
  private const int MOST = 100;

  /**
   * When each watched run was last asked for.
   */
  private readonly KeyValueStoreExpirableInterface $store;

  public function __construct(KeyValueExpirableFactoryInterface $factory) {
    $this->store = $factory->get('background_agents_watched');
  }

  /**
   * Somebody has asked what is new in a run that goes on.
   */
  public function note(string $uuid): void {
    $this->store->setWithExpire($uuid, 1, self::SECONDS);
  }

  /**
   * Those of the last seconds.
   *
   * @return string[]
   *   UUIDs.
   */
  public function uuids(): array {
    return array_slice(array_map('strval', array_keys($this->store->getAll())), 0, self::MOST);
  }

}
