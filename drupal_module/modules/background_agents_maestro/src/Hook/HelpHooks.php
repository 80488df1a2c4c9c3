<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro\Hook;

use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The help page of the module.
 *
 * @internal
 */
final class HelpHooks {

  use StringTranslationTrait;

  private const string DOCUMENTATION = 'https://www.drupal.org/project/background_agents';

  /**
   * Implements hook_help().
   */
  #[Hook('help')]
  public function help(string $route_name, RouteMatchInterface $route_match): ?string {
    if ($route_name !== 'help.page.background_agents_maestro') {
      return NULL;
    }
    return '<h3>' . $this->t('About') . '</h3><p>'
      . $this->t('The Background Agents: Maestro module adds the task "Background agent" to the template builder. It has an agent do its work for the person who started the process, or for an account of your choice, and the process waits until the run has ended, or until people have decided about its drafts.')
      . '</p><p>' . $this->t('For more information, see the <a href=":docs">online documentation of Background Agents</a>.', [':docs' => self::DOCUMENTATION]) . '</p>';
  }

}
