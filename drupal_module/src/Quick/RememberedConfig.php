<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\Core\Cache\CacheBackendInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Forgets configuration that may be another one in the database.
 *
 * That rolls back rows, and other processes write them; memory, and the cache
 * of configuration beside the database, also of what is not there, stay.
 *
 * @internal
 */
final class RememberedConfig {

  private const array TYPES = ['workflow', 'user_role', 'user', 'background_agents_agent', 'background_agents_trigger'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly AgentAccounts $accounts,
    #[Autowire(service: 'cache.config')]
    private readonly CacheBackendInterface $cache,
  ) {}

  /**
   * Forgets it.
   */
  public function forget(): void {
    $this->cache->deleteAll();
    $this->configFactory->reset();
    foreach (self::TYPES as $type) {
      $this->entityTypeManager->getStorage($type)->resetCache();
    }
    $this->bundles->clearCachedBundles();
    $this->accounts->reset();
  }

}
