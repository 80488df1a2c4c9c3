<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;

/**
 * A person sent a draft back to its agent, which works on it again.
 *
 * @api
 */
final class DraftSentBackEvent extends DraftDecidedEvent {

  /**
   * Constructs a DraftSentBackEvent object.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft, as it is now.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that left it, and goes on.
   * @param int|null $uid
   *   Who sent it back; NULL: nobody who has an account.
   * @param string $remark
   *   What they said about the whole; empty when nothing.
   * @param array<string, string> $fieldRemarks
   *   What they said about single fields, by name of the field.
   */
  public function __construct(
    Change $change,
    Run $run,
    ?int $uid,
    public readonly string $remark,
    public readonly array $fieldRemarks = [],
  ) {
    parent::__construct($change, $run, $uid);
  }

}
