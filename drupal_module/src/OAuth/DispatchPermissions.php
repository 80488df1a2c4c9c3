<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The permissions that a caller from outside can have at most.
 *
 * @internal
 */
final class DispatchPermissions {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Run any agent, and each; view and manage one's own runs.
   *
   * @return string[]
   *   Names of permissions.
   */
  public function all(): array {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->getQuery()->accessCheck(FALSE)->execute();
    return [
      'run any background agent',
      ...array_map(static fn (string $agent): string => "run $agent background agent", array_values($agents)),
      'view own background agent runs',
      'manage own background agent runs',
    ];
  }

  /**
   * The cache tags of what all() answers.
   *
   * @return string[]
   *   Names of cache tags.
   */
  public function tags(): array {
    return $this->entityTypeManager->getDefinition('background_agents_agent')->getListCacheTags();
  }

}
