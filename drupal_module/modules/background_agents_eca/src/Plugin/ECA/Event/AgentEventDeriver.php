<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\ECA\Event;

use Drupal\eca\Plugin\ECA\Event\EventDeriverBase;

/**
 * Derives one plugin from each event of background agents.
 *
 * @internal
 */
class AgentEventDeriver extends EventDeriverBase {

  /**
   * {@inheritdoc}
   */
  protected function definitions(): array {
    return AgentEvent::definitions();
  }

}
