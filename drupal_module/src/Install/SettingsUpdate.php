<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Adds settings to a site that is there already.
 *
 * @internal
 */
final class SettingsUpdate {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Adds what is not there, and leaves what is.
   */
  public function add(string $name, mixed $value): void {
    $config = $this->configFactory->getEditable('background_agents.settings');
    if ($config->get($name) === NULL) {
      $config->set($name, $value)->save();
    }
  }

}
