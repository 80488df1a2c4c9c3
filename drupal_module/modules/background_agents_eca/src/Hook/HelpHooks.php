<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Hook;

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
    if ($route_name !== 'help.page.background_agents_eca') {
      return NULL;
    }
    return '<h3>' . $this->t('About') . '</h3><p>'
      . $this->t('The Background Agents: ECA module lets ECA models start agents with the action "Dispatch background agent", react to starts and ends of runs, to drafts and to what people decide about them with its events, send drafts back, answer and cancel runs with its actions, and ask with its conditions for the state of a run and whether an agent is at work on an item.')
      . '</p><p>' . $this->t('For more information, see the <a href=":docs">online documentation for the Background Agents: ECA module</a>.', [':docs' => self::DOCUMENTATION]) . '</p>';
  }

}
