<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Nothing was made, for a reason that a person can do something about.
 *
 * @internal
 */
final class QuickRefused extends \RuntimeException {

  public function __construct(
    public readonly TranslatableMarkup $sentence,
  ) {
    parent::__construct(PlainTextOutput::renderFromHtml($sentence));
  }

}
