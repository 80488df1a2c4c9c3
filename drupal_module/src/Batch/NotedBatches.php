<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * Whether batches have to be looked after when the response is out.
 *
 * @internal
 */
final class NotedBatches {

  /**
   * Whether something was noted.
   */
  private bool $isNoted = FALSE;

  /**
   * Notes that there may be room, or an item more.
   */
  public function note(): void {
    $this->isNoted = TRUE;
  }

  /**
   * Whether something was noted; it goes on being so.
   */
  public function isNoted(): bool {
    return $this->isNoted;
  }

  /**
   * Whether something was noted, once.
   */
  public function take(): bool {
    [$noted, $this->isNoted] = [$this->isNoted, FALSE];
    return $noted;
  }

}
