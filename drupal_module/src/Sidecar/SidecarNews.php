<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * What the sidecar tells of itself when it asks how the site is.
 *
 * @internal
 */
final class SidecarNews {

  public function __construct(
    private readonly SidecarFindings $findings,
    private readonly Doors $doors,
  ) {}

  /**
   * Keeps what is told; what is not told stays as it was.
   */
  public function keep(\stdClass $document): void {
    if (is_array($document->findings ?? NULL)) {
      $this->findings->store($document->findings);
    }
    if (($document->doors ?? NULL) instanceof \stdClass) {
      $this->doors->store($document->doors);
    }
  }

}
