<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Menu;

use Drupal\Core\Menu\LocalActionDefault;
use Drupal\Core\Routing\RouteMatchInterface;

/**
 * The way to an import, which is there with the module AI Agents alone.
 *
 * The access check finds no route without that module, and has the page be made
 * anew when modules come or go. An action that is not defined then would not.
 *
 * @internal
 */
final class ImportAiAgentAction extends LocalActionDefault {

  /**
   * {@inheritdoc}
   */
  public function getRouteParameters(RouteMatchInterface $route_match): array {
    // The parent looks for the route, and fails where it is not.
    return [];
  }

}
