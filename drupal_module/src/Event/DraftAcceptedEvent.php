<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;

/**
 * A draft, or a part of it, was published.
 *
 * @api
 */
final class DraftAcceptedEvent extends DraftDecidedEvent {

  /**
   * Constructs a DraftAcceptedEvent object.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft, as it is now.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that left it.
   * @param int|null $uid
   *   Who decided; NULL: nobody who has an account.
   * @param bool $isRestPending
   *   Whether the other part waits on, as a new draft that the change follows.
   */
  public function __construct(
    Change $change,
    Run $run,
    ?int $uid,
    public readonly bool $isRestPending = FALSE,
  ) {
    parent::__construct($change, $run, $uid);
  }

}
