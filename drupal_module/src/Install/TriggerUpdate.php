<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Brings the triggers of an existing site to what their schema asks for.
 *
 * @internal
 */
final class TriggerUpdate {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Content triggers name no field and have no condition: as before.
   */
  public function conditions(): void {
    foreach ($this->configFactory->listAll('background_agents.trigger.') as $name) {
      $trigger = $this->configFactory->getEditable($name);
      if ($trigger->get('type') === 'content') {
        $trigger->set('settings', $trigger->get('settings') + ['fields' => [], 'conditions' => []])->save(TRUE);
      }
    }
  }

}
