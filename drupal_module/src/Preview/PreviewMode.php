<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

/**
 * Tells whether this request shows a preview.
 *
 * It depends on nothing: the render cache asks it in every request.
 *
 * @internal
 */
final class PreviewMode {

  /**
   * Whether a preview is shown.
   */
  private bool $isOn = FALSE;

  /**
   * Tells whether a preview is shown.
   */
  public function isOn(): bool {
    return $this->isOn;
  }

  /**
   * From now on, until the request ends or end() is called.
   */
  public function begin(): void {
    $this->isOn = TRUE;
  }

  /**
   * No more.
   */
  public function end(): void {
    $this->isOn = FALSE;
  }

}
