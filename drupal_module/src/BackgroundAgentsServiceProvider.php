<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Progress\AgentStatusPoller;
use Drupal\Core\DependencyInjection\ContainerBuilder;
use Drupal\Core\DependencyInjection\ServiceProviderInterface;

/**
 * Adds services for modules that a site may lack.
 *
 * In services.yml their classes would be loaded on each site.
 *
 * @internal
 */
final class BackgroundAgentsServiceProvider implements ServiceProviderInterface {

  /**
   * {@inheritdoc}
   */
  public function register(ContainerBuilder $container): void {
    if (isset($container->getParameter('container.modules')['ai_agents'])) {
      $container->autowire(AgentStatusPoller::class)->setDecoratedService('ai_agents.agent_status_poller');
    }
  }

}
