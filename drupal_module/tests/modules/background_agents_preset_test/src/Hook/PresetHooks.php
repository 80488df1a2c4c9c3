<?php

declare(strict_types=1);

namespace Drupal\background_agents_preset_test\Hook;

use Drupal\Core\Hook\Attribute\Hook;

/**
 * Alters presets.
 */
final class PresetHooks {

  /**
   * Implements hook_background_agents_presets_alter().
   */
  #[Hook('background_agents_presets_alter')]
  public function alter(array &$presets): void {
    unset($presets['unwanted']);
    $presets['shout']['label'] = 'Shout louder';
  }

}
