<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Sidecar\Doors;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\Core\KeyValueStore\KeyValueExpirableFactoryInterface;
use Drupal\Core\KeyValueStore\KeyValueFactoryInterface;
use Drupal\Core\State\StateInterface;

/**
 * What the module keeps in state and in key-value stores, for its removal.
 *
 * @internal
 */
final class KeptState {

  private const array NAMES = [
    'background_agents.stopped',
    'background_agents.breaker',
    'background_agents.last_contact',
    'background_agents.last_refusal',
    'background_agents.contacts',
    'background_agents.sidecar_findings',
    Doors::STATE,
    'background_agents.cron_triggers',
    'background_agents.changes_seen',
    'background_agents.batches',
  ];

  /**
   * Collections of what is forgotten by itself, but later than the module.
   */
  private const array EXPIRING = [
    'background_agents_quick',
    'background_agents_watched',
    'tempstore.private.background_agents',
  ];

  public function __construct(
    private readonly StateInterface $state,
    private readonly KeyValueFactoryInterface $keyValue,
    private readonly KeyValueExpirableFactoryInterface $expiring,
  ) {}

  /**
   * Deletes all of it.
   */
  public function delete(): void {
    $this->state->deleteMultiple(self::NAMES);
    $this->keyValue->get(OfferedModels::COLLECTION)->deleteAll();
    foreach (self::EXPIRING as $collection) {
      $this->expiring->get($collection)->deleteAll();
    }
  }

}
