<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt\Exception;

/**
 * Stands for the refusal of an interrupt that is dealt with already.
 */
final class InterruptNotPendingException extends \InvalidArgumentException {

  public function getErrorCode(): string {
    return 'INTERRUPT_NOT_PENDING';
  }

}
