<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * One permission to run for each agent.
 *
 * @internal
 */
final class AgentPermissions implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Returns permissions keyed by name, such as "run editor background agent".
   *
   * @return array<string, array<string, mixed>>
   *   Permissions keyed by name, such as "run editor background agent".
   */
  public function permissions(): array {
    $permissions = [];
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      // From a time when the id was not refused: the permission is the one to
      // run any agent, and is not to be called by the name of one.
      if (AgentId::isReserved((string) $agent->id())) {
        continue;
      }
      $permissions["run {$agent->id()} background agent"] = [
        'title' => $this->t('Run the background agent %label', ['%label' => $agent->label()]),
        'dependencies' => [$agent->getConfigDependencyKey() => [$agent->getConfigDependencyName()]],
      ];
    }
    return $permissions;
  }

}
