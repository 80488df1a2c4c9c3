<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Gives the agents of a site a place for the fields that they may write.
 *
 * Works on raw configuration, as updates have to. Safe to repeat.
 *
 * @internal
 */
final class FieldLimitsUpdate {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Each agent has no limit until somebody sets one.
   */
  public function agents(): void {
    foreach ($this->configFactory->listAll('background_agents.agent.') as $name) {
      $agent = $this->configFactory->getEditable($name);
      $binding = (array) $agent->get('binding');
      if (array_key_exists('fields', $binding)) {
        continue;
      }
      // In the order of the schema, as a new site has it.
      $at = (int) array_search('content', array_keys($binding), TRUE) + 1;
      $agent->set('binding', array_slice($binding, 0, $at) + ['fields' => []] + array_slice($binding, $at))->save(TRUE);
    }
  }

}
