<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Config\Entity\ConfigEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Takes deleted configuration out of agents and triggers.
 *
 * @internal
 */
final class DeletedConfigHooks {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Implements hook_entity_delete().
   */
  #[Hook('entity_delete')]
  public function deleted(EntityInterface $entity): void {
    // An import brings the agents as they are to be.
    if (!$entity instanceof ConfigEntityInterface || $entity->isSyncing()) {
      return;
    }
    $name = $entity->getConfigDependencyName();
    foreach (['background_agents_trigger', 'background_agents_agent'] as $type) {
      foreach ($this->entityTypeManager->getStorage($type)->loadMultiple() as $dependent) {
        assert($dependent instanceof Agent || $dependent instanceof Trigger);
        if (in_array($name, $dependent->getDependencies()['config'] ?? [], TRUE)) {
          $dependent->forgetDeleted($name);
        }
      }
    }
  }

}
