<?php

/**
 * @file
 * Updates of Background Agents that need the whole site.
 */

declare(strict_types=1);

use Drupal\Core\Config\Entity\ConfigEntityUpdater;

/**
 * Export what agents depend on with their configuration.
 */
function background_agents_post_update_dependencies(array &$sandbox): void {
  \Drupal::classResolver(ConfigEntityUpdater::class)->update($sandbox, 'background_agents_agent', static fn (): bool => TRUE);
}

/**
 * Export the content types and languages that triggers name with them.
 */
function background_agents_post_update_trigger_dependencies(array &$sandbox): void {
  \Drupal::classResolver(ConfigEntityUpdater::class)->update($sandbox, 'background_agents_trigger', static fn (): bool => TRUE);
}
