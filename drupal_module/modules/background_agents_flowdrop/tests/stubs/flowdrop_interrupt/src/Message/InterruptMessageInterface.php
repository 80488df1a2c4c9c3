<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt\Message;

/**
 * Stands for the message of an interrupt.
 */
interface InterruptMessageInterface {}
