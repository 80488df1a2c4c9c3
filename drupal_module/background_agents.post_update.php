<?php

/**
 * @file
 * Updates of Background Agents that need the whole site.
 */

declare(strict_types=1);

use Drupal\Component\Serialization\Yaml;
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

/**
 * Add the list of agents' drafts, where Views is installed.
 */
function background_agents_post_update_draft_list(): void {
  $manager = \Drupal::entityTypeManager();
  if (!$manager->hasDefinition('view') || $manager->getStorage('view')->load('background_agents_drafts') !== NULL) {
    return;
  }
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . '/config/optional/views.view.background_agents_drafts.yml';
  $manager->getStorage('view')->create(Yaml::decode((string) file_get_contents($file)))->save();
}
