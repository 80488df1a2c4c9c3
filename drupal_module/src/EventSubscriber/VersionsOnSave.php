<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Config\ConfigCrudEvent;
use Drupal\Core\Config\ConfigEvents;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Keeps a version of an agent whenever its configuration is saved.
 *
 * A form, an import and Drush all save configuration. An agent that is an AI
 * agent changes with that one's configuration, too.
 *
 * @internal
 */
final class VersionsOnSave implements EventSubscriberInterface {

  private const string PREFIX = 'background_agents.agent.';

  public function __construct(
    private readonly AgentVersions $versions,
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
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
    if (!$this->database->schema()->tableExists('background_agents_version')) {
      return;
    }
    if (str_starts_with($config->getName(), self::PREFIX)) {
      $this->versions->keep(new Agent($config->getRawData(), 'background_agents_agent'));
    }
    if (str_starts_with($config->getName(), AiAgents::PREFIX)) {
      $this->keepThoseOf(substr($config->getName(), strlen(AiAgents::PREFIX)));
    }
  }

  /**
   * Keeps the versions of the agents that are an AI agent.
   */
  private function keepThoseOf(string $id): void {
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      assert($agent instanceof Agent);
      if ($agent->getAiAgentId() === $id) {
        $this->versions->keep($agent);
      }
    }
  }

}
