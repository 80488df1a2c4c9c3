<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

/**
 * Fields failed while they took or checked values of a request.
 *
 * @internal
 */
final class FieldException extends \RuntimeException {

  /**
   * Constructs a FieldException object.
   *
   * @param string[] $fields
   *   Their names; empty when it is not known which one failed.
   * @param \Throwable $cause
   *   What was thrown.
   */
  public function __construct(
    public readonly array $fields,
    \Throwable $cause,
  ) {
    parent::__construct($cause->getMessage(), 0, $cause);
  }

}
