<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * A person tried to publish a draft that somebody else has to accept.
 *
 * Entity storage wraps it in an EntityStorageException; see self::in().
 *
 * @internal
 */
final class FourEyesRefused extends \RuntimeException {

  public function __construct(
    public readonly TranslatableMarkup $sentence,
  ) {
    parent::__construct(PlainTextOutput::renderFromHtml($sentence));
  }

  /**
   * The refusal inside a chain of exceptions, or NULL.
   */
  public static function in(?\Throwable $exception): ?self {
    for (; $exception !== NULL; $exception = $exception->getPrevious()) {
      if ($exception instanceof self) {
        return $exception;
      }
    }
    return NULL;
  }

}
