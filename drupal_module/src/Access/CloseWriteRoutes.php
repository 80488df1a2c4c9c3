<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\Core\Routing\RouteSubscriberBase;
use Symfony\Component\Routing\Route;
use Symfony\Component\Routing\RouteCollection;

/**
 * Closes the routes of JSON:API and REST that write content to agents.
 *
 * A write there would know no expected revision, no idempotency key and no
 * reason; an upload would be public at once. Agents read by these routes, and
 * write by the module's draft endpoint.
 *
 * @internal
 */
final class CloseWriteRoutes extends RouteSubscriberBase {

  /**
   * {@inheritdoc}
   */
  protected function alterRoutes(RouteCollection $collection): void {
    foreach ($collection as $name => $route) {
      if (self::isContentRoute((string) $name, $route) && self::mayWrite($route)) {
        // First: its reason is the one that the answer tells.
        $route->setRequirements([NoAgentsAccessCheck::REQUIREMENT => 'TRUE'] + $route->getRequirements());
      }
    }
  }

  /**
   * Routes of JSON:API, whoever adds them, and of core's REST for entities.
   */
  private static function isContentRoute(string $name, Route $route): bool {
    return $route->hasDefault('_is_jsonapi') || str_starts_with($name, 'jsonapi.') || preg_match('/^rest\.(entity|file)[.:]/', $name) === 1;
  }

  /**
   * A route that names no method takes every one: the check looks at it.
   */
  private static function mayWrite(Route $route): bool {
    return $route->getMethods() === [] || array_diff($route->getMethods(), NoAgentsAccessCheck::READING) !== [];
  }

}
