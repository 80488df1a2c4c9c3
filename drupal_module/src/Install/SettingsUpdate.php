<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Gives a site that is there already settings of later releases.
 *
 * @internal
 */
final class SettingsUpdate {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Adds settings that have no value. Safe to repeat.
   *
   * @param array<string, mixed> $defaults
   *   Values by the name of the setting, with its parents, as "retention.days".
   */
  public function add(array $defaults): void {
    $config = $this->configFactory->getEditable('background_agents.settings');
    foreach ($defaults as $name => $value) {
      if ($config->get($name) === NULL) {
        $config->set($name, $value)->save();
      }
    }
  }

}
