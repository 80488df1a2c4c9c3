<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro\Hook;

use Drupal\background_agents_maestro\AgentTaskSettings;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Names what our task keeps in a template.
 *
 * Maestro names the schema of a task's data by the id of the task, which is
 * chosen by who builds the template: so it is added to all of them.
 *
 * @internal
 */
final class SchemaHooks {

  /**
   * Implements hook_config_schema_info_alter().
   */
  #[Hook('config_schema_info_alter')]
  public function alter(array &$definitions): void {
    $definitions['maestro.task.*']['mapping'][AgentTaskSettings::KEY] = [
      'type' => 'background_agents_maestro.task',
      'label' => 'Background agent',
    ];
  }

}
