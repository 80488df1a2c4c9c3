<?php

declare(strict_types=1);

namespace Drupal\flowdrop\DTO;

/**
 * Stands for a result of FlowDrop.
 */
final class ValidationResult {

  public static function success(): self {
    return new self();
  }

}
