<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Config\ConfigEvents;
use Drupal\Core\Entity\EntityStorageException;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Recipe\RecipeAppliedEvent;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Makes the accounts of agents that came by configuration.
 *
 * At the end of an import or a recipe, not when an agent is saved: its role may
 * come later than the agent.
 *
 * @internal
 */
final class AccountsAfterImport implements EventSubscriberInterface {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountProvider $provider,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [ConfigEvents::IMPORT => 'provide', RecipeAppliedEvent::class => 'provide'];
  }

  /**
   * Makes accounts; a failure does not break the import, a run tries again.
   */
  public function provide(): void {
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      assert($agent instanceof Agent);
      try {
        $this->provider->provide($agent);
      }
      catch (EntityStorageException $error) {
        $this->logger->error('The account of the agent %agent could not be made: @problem', [
          '%agent' => $agent->id(),
          '@problem' => $error->getMessage(),
        ]);
      }
    }
  }

}
