<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt\Exception;

use Drupal\flowdrop_interrupt\Message\InterruptMessageInterface;

/**
 * Stands for what a node throws so that its flow waits.
 */
final class InterruptRequiredException extends \RuntimeException {

  public function __construct(
    public readonly InterruptMessageInterface $interruptMessage,
  ) {
    parent::__construct('The flow waits.');
  }

}
