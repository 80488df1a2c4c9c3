<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * A preview is not shown, and why.
 *
 * @internal
 */
final class PreviewRefused extends \RuntimeException {

  /**
   * Sets what is given.
   *
   * @param int $status
   *   The status of the answer: 403 or 404.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   What the person is told.
   */
  public function __construct(
    public readonly int $status,
    public readonly TranslatableMarkup $sentence,
  ) {
    parent::__construct((string) $sentence->getUntranslatedString());
  }

}
