<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * A person decided about a draft. Dispatched after the response.
 *
 * It does not matter where they decided: on the page of the draft, in the form
 * of the content, by Drush. Nothing that a subscriber does, or fails to do,
 * changes the decision.
 *
 * @api
 */
abstract class DraftDecidedEvent extends Event {

  /**
   * Constructs a DraftDecidedEvent object.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft, as it is now.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that left it.
   * @param int|null $uid
   *   Who decided; NULL: nobody who has an account.
   */
  public function __construct(
    public readonly Change $change,
    public readonly Run $run,
    public readonly ?int $uid,
  ) {}

}
