<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt;

/**
 * Stands for the types of interrupts.
 */
enum InterruptType: string {

  case Confirmation = 'confirmation';
  case Choice = 'choice';
  case Text = 'text';
  case Form = 'form';

}
