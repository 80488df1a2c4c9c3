<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Config\ConfigCrudEvent;
use Drupal\Core\Config\ConfigEvents;
use Drupal\Core\Database\Connection;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Keeps a version of an agent whenever its configuration is saved.
 *
 * A form, an import and Drush all save configuration.
 *
 * @internal
 */
final class VersionsOnSave implements EventSubscriberInterface {

  private const string PREFIX = 'background_agents.agent.';

  public function __construct(
    private readonly AgentVersions $versions,
    private readonly Connection $database,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [ConfigEvents::SAVE => 'saved'];
  }

  /**
   * Keeps the version of an agent that was saved.
   */
  public function saved(ConfigCrudEvent $event): void {
    $config = $event->getConfig();
    // An update of the module may save agents before it makes the table.
    if (str_starts_with($config->getName(), self::PREFIX) && $this->database->schema()->tableExists('background_agents_version')) {
      $this->versions->keep(new Agent($config->getRawData(), 'background_agents_agent'));
    }
  }

}
