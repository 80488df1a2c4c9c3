<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

/**
 * What a preview link says: which draft, which revision, until when.
 *
 * @internal
 */
final readonly class PreviewLink {

  /**
   * Sets what is given.
   *
   * @param string $change
   *   UUID of the change.
   * @param int $revision
   *   Id of the revision that it shows.
   * @param int $expires
   *   Unix time from which on it shows nothing.
   */
  public function __construct(
    public string $change,
    public int $revision,
    public int $expires,
  ) {}

}
