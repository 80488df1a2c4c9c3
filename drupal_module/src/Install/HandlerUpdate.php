<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Entity\EntityLastInstalledSchemaRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Brings the classes of our handlers into the installed entity types.
 *
 * Entity storage takes them from there. It does not miss a storage schema that
 * has moved, but uses core's, and would find our indexes superfluous.
 *
 * @internal
 */
final class HandlerUpdate {

  private const array TYPES = ['background_agents_run', 'background_agents_change'];

  private const array HANDLERS = ['access', 'storage_schema', 'views_data'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityLastInstalledSchemaRepositoryInterface $installed,
  ) {}

  /**
   * Changes names alone. Safe to repeat.
   */
  public function update(): void {
    foreach (self::TYPES as $id) {
      $type = $this->installed->getLastInstalledDefinition($id);
      // The names alone: asking for one handler loads its class, and that of
      // Views extends a class that sites without Views do not have.
      $classes = $this->entityTypeManager->getDefinition($id)->getHandlerClasses();
      foreach (self::HANDLERS as $handler) {
        $type->setHandlerClass($handler, $classes[$handler]);
      }
      $this->installed->setLastInstalledDefinition($type);
    }
  }

}
