<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * A decision that could not be carried out: nothing was changed.
 *
 * @internal
 */
final class ReviewRefused extends \RuntimeException {

  /**
   * Sets what is given.
   *
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   Why, and what to do, for the reviewer.
   */
  public function __construct(
    public readonly TranslatableMarkup $sentence,
  ) {
    parent::__construct(PlainTextOutput::renderFromHtml($sentence));
  }

  /**
   * The sentence for programs: plain text.
   */
  public function plain(): string {
    return $this->getMessage();
  }

}
