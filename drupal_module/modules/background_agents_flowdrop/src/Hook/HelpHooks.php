<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop\Hook;

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
    if ($route_name !== 'help.page.background_agents_flowdrop') {
      return NULL;
    }
    return '<h3>' . $this->t('About') . '</h3><p>'
      . $this->t('The Background Agents: FlowDrop module adds the node processor "Run background agent" to FlowDrop. It has an agent do its work for who executes the flow, or for an account of your choice, and the flow waits until the run has ended. Waiting needs the StateGraph orchestrator.')
      . '</p><p>' . $this->t('For more information, see the <a href=":docs">online documentation of Background Agents</a>.', [':docs' => self::DOCUMENTATION]) . '</p>';
  }

}
