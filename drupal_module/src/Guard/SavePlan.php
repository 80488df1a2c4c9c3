<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

/**
 * What the draft writer means with a save.
 *
 * @internal
 */
final readonly class SavePlan {

  /**
   * Constructs a SavePlan object.
   *
   * @param string|null $log
   *   The revision log message; NULL: the guard writes one.
   * @param string|null $publishAs
   *   The published state asked for; it still needs the agent's binding and
   *   the role's transition. NULL: a draft.
   */
  public function __construct(
    public ?string $log = NULL,
    public ?string $publishAs = NULL,
  ) {}

}
