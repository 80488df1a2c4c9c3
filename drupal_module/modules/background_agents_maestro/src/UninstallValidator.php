<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro;

use Drupal\Core\Extension\ModuleUninstallValidatorInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\maestro\Engine\MaestroEngine;

/**
 * Keeps the module while templates use its task: without it the engine stops.
 *
 * @internal
 */
final class UninstallValidator implements ModuleUninstallValidatorInterface {

  use StringTranslationTrait;

  /**
   * {@inheritdoc}
   */
  public function validate($module): array {
    if ($module !== 'background_agents_maestro') {
      return [];
    }
    $reasons = [];
    foreach (MaestroEngine::getTemplates() as $template) {
      if (in_array('BackgroundAgent', array_column($template->tasks ?? [], 'tasktype'), TRUE)) {
        $reasons[] = $this->t('Remove the tasks "Background agent" from the Maestro template %label.', ['%label' => $template->label()]);
      }
    }
    return $reasons;
  }

}
