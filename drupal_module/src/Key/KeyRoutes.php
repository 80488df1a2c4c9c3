<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Http\MachineRequest;
use Drupal\Core\Routing\RouteSubscriberBase;
use Drupal\Core\Routing\RoutingEvents;
use Symfony\Component\Routing\RouteCollection;

/**
 * Takes dispatch keys off all routes but the module's endpoints.
 *
 * JSON:API and REST name all providers that there are.
 *
 * @internal
 */
final class KeyRoutes extends RouteSubscriberBase {

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    // After all others: what they name is taken off.
    return [RoutingEvents::ALTER => ['onAlterRoutes', -100000]];
  }

  /**
   * {@inheritdoc}
   */
  protected function alterRoutes(RouteCollection $collection): void {
    foreach ($collection as $name => $route) {
      $providers = $route->getOption('_auth');
      $isOurs = str_starts_with((string) $name, 'background_agents.') && str_starts_with($route->getPath(), MachineRequest::PATH);
      if (!$isOurs && is_array($providers) && in_array(KeyAuthentication::PROVIDER, $providers, TRUE)) {
        $route->setOption('_auth', array_values(array_diff($providers, [KeyAuthentication::PROVIDER])));
      }
    }
  }

}
