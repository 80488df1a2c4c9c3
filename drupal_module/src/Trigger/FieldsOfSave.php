<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

/**
 * The fields that one save changed, of those that triggers ask for.
 *
 * @internal
 */
final readonly class FieldsOfSave {

  /**
   * Sets what is given.
   *
   * @param string[] $sinceRevision
   *   Changed since the revision that the save was made from.
   * @param string[] $sinceLive
   *   Changed since what visitors saw; all of them when they saw nothing.
   */
  public function __construct(
    public array $sinceRevision,
    public array $sinceLive,
  ) {}

}
