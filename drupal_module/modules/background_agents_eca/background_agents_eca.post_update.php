<?php

/**
 * @file
 * Updates of Background Agents: ECA that need the whole site.
 */

declare(strict_types=1);

use Drupal\Core\Config\FileStorage;

/**
 * Add the example models, disabled, where the modules they need are installed.
 */
function background_agents_eca_post_update_examples(): void {
  $path = \Drupal::service('extension.list.module')->getPath('background_agents_eca');
  \Drupal::service('config.installer')->installOptionalConfig(new FileStorage("$path/config/optional"));
}
