<?php

declare(strict_types=1);

namespace Drupal\background_agents\Routing;

use Drupal\background_agents\Access\NoAgentsAccessCheck;
use Drupal\Core\Routing\RouteSubscriberBase;
use Symfony\Component\Routing\RouteCollection;

/**
 * Closes the upload routes of JSON:API to agents.
 *
 * An upload is public at once, and one to an existing item has no check for a
 * pending draft: it would bury an editor's.
 */
final class CloseUploadRoutes extends RouteSubscriberBase {

  /**
   * {@inheritdoc}
   */
  protected function alterRoutes(RouteCollection $collection): void {
    foreach ($collection as $name => $route) {
      if (preg_match('/^jsonapi\..+\.file_upload\./', $name)) {
        $route->setRequirement(NoAgentsAccessCheck::REQUIREMENT, 'TRUE');
      }
    }
  }

}
