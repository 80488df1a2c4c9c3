<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Hook\ProvenanceDisplayHooks;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Takes what the module shows on content out of the displays of a site.
 *
 * Core keeps a component whose module is gone. On raw configuration: saved as
 * an entity, a display would get it back while the module is there.
 *
 * @internal
 */
final class DisplayRemoval {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Changes the displays that name it, shown or hidden.
   */
  public function run(): void {
    foreach ($this->configFactory->listAll('core.entity_view_display.') as $name) {
      $display = $this->configFactory->getEditable($name);
      foreach (['content', 'hidden'] as $region) {
        $key = "$region." . ProvenanceDisplayHooks::COMPONENT;
        if ($display->get($key) !== NULL) {
          $display->clear($key)->save(TRUE);
        }
      }
    }
  }

}
