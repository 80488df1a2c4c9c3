<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Component\Serialization\Yaml;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Brings what is new into the list of runs of a site that has it already.
 *
 * @internal
 */
final class RunListUpdate {

  private const string VIEW = 'background_agents_runs';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Adds a filter, unless the site has it, or no such list.
   *
   * @param string $name
   *   The filter.
   * @param string $file
   *   The view as the module has it.
   */
  public function filter(string $name, string $file): void {
    $view = $this->entityTypeManager->hasDefinition('view') ? $this->entityTypeManager->getStorage('view')->load(self::VIEW) : NULL;
    $displays = $view?->get('display');
    if ($view === NULL || isset($displays['default']['display_options']['filters'][$name])) {
      return;
    }
    $ours = Yaml::decode((string) file_get_contents($file))['display']['default']['display_options']['filters'];
    $displays['default']['display_options']['filters'][$name] = $ours[$name];
    $view->set('display', $displays)->save();
  }

}
