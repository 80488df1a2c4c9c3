<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Gives agents of older releases what they lack.
 *
 * @internal
 */
final class AgentUpdate {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Adds keys that an agent does not have.
   *
   * @param array<string, mixed> $defaults
   *   Values by key.
   */
  public function add(array $defaults): void {
    foreach ($this->configFactory->listAll('background_agents.agent.') as $name) {
      $agent = $this->configFactory->getEditable($name);
      $agent->setData($agent->getRawData() + $defaults)->save(TRUE);
    }
  }

}
