<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Agent\AgentId;
use Drupal\Core\Config\ConfigEvents;
use Drupal\Core\Config\ConfigImporterEvent;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Refuses an import of configuration that would make an agent of a reserved id.
 *
 * @internal
 */
final class ReservedAgentIds implements EventSubscriberInterface {

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [ConfigEvents::IMPORT_VALIDATE => 'onImport'];
  }

  /**
   * A whole import is about to begin.
   */
  public function onImport(ConfigImporterEvent $event): void {
    $importer = $event->getConfigImporter();
    foreach (AgentId::RESERVED as $id) {
      if (in_array("background_agents.agent.$id", $importer->getUnprocessedConfiguration('create'), TRUE)) {
        $importer->logError(sprintf('The id "%s" of an agent is reserved. Give the agent another one.', $id));
      }
    }
  }

}
