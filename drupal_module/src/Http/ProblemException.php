<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

/**
 * Thrown where a request must be answered by a problem document.
 *
 * @api
 */
class ProblemException extends \RuntimeException {

  public function __construct(
    public readonly Problem $problem,
    ?\Throwable $previous = NULL,
  ) {
    parent::__construct($problem->detail ?: $problem->title, $problem->status, $previous);
  }

  /**
   * Shorthand for the usual case.
   */
  public static function of(int $status, string $code, string $title, string $detail = '', array $errors = [], array $extra = []): static {
    // @phpstan-ignore new.static
    return new static(new Problem($status, $code, $title, $detail, $errors, $extra));
  }

}
