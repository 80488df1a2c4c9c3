<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\user\UserInterface;

/**
 * A person who may have dispatch keys, beside two agents.
 */
trait KeyOwner {

  /**
   * Whose keys they are.
   */
  private UserInterface $owner;

  /**
   * Makes the agents "writer" and "other", and the person.
   *
   * @param string ...$permissions
   *   What the person may, beside seeing content and having keys.
   */
  private function makeOwner(string ...$permissions): void {
    $this->agent();
    $this->agent('other');
    $this->role('person', ['access content', 'have dispatch keys for background agents', ...$permissions]);
    $this->owner = $this->account('owner', 'person');
  }

}
