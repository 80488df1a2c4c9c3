<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\StopSwitch;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Extension\ModuleExtensionList;
use Drupal\Core\Site\Settings;
use Drupal\Core\State\StateInterface;

/**
 * How this site is set up, as far as its sidecar has to know.
 *
 * @internal
 */
final class SiteSetup {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly ModuleExtensionList $modules,
    private readonly StateInterface $state,
    private readonly StopSwitch $stopSwitch,
    private readonly Settings $settings,
    private readonly ProviderKeys $keys,
  ) {}

  /**
   * Versions, transport and switches.
   *
   * @return array<string, bool|string|string[]>
   */
  public function document(): array {
    return [
      'module' => $this->modules->getExtensionInfo('background_agents')['version'] ?? 'dev',
      'core' => \Drupal::VERSION,
      'transport' => $this->configFactory->get('background_agents.settings')->get('transport'),
      'jsonapi_read_only' => (bool) $this->configFactory->get('jsonapi.settings')->get('read_only'),
      'stopped' => $this->stopSwitch->isStopped(),
      'maintenance' => (bool) $this->state->get('system.maintenance_mode'),
      // Names of providers alone: the keys go by a request of their own.
      'keys' => $this->keys->providers(),
      'private_path' => (string) $this->settings->get('file_private_path') !== '',
    ];
  }

}
