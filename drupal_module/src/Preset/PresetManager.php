<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preset;

use Drupal\background_agents\Agent\BuiltInTools;
use Drupal\Component\Plugin\Discovery\DiscoveryInterface;
use Drupal\Core\Cache\CacheBackendInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Plugin\DefaultPluginManager;
use Drupal\Core\Plugin\Discovery\YamlDiscovery;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Finds the presets of all modules: MODULE.background_agents_presets.yml.
 *
 * @internal
 */
final class PresetManager extends DefaultPluginManager {

  public function __construct(
    ModuleHandlerInterface $module_handler,
    #[Autowire(service: 'cache.discovery')]
    CacheBackendInterface $cache_backend,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {
    $this->moduleHandler = $module_handler;
    $this->alterInfo('background_agents_presets');
    $this->setCacheBackend($cache_backend, 'background_agents_presets');
  }

  /**
   * {@inheritdoc}
   */
  protected function getDiscovery(): DiscoveryInterface {
    if (!isset($this->discovery)) {
      $this->discovery = (new YamlDiscovery('background_agents_presets', $this->moduleHandler->getModuleDirectories()))
        ->addTranslatableProperty('label')
        ->addTranslatableProperty('description');
    }
    return $this->discovery;
  }

  /**
   * The presets whose tools there are, in the order of their files.
   *
   * One that is wrong is left out and logged: it must not take the others away.
   *
   * @return array<string, \Drupal\background_agents\Preset\Preset>
   *   Keyed by id.
   */
  public function usable(): array {
    $presets = [];
    foreach ($this->getDefinitions() as $id => $definition) {
      try {
        $preset = Preset::of((string) $id, (array) $definition);
      }
      catch (\InvalidArgumentException $wrong) {
        $this->logger->warning('The preset %id cannot be used: @problem', [
          '%id' => $id,
          '@problem' => $wrong->getMessage(),
        ]);
        continue;
      }
      if (array_diff($preset->tools, BuiltInTools::NAMES) === []) {
        $presets[$preset->id] = $preset;
      }
    }
    return $presets;
  }

}
