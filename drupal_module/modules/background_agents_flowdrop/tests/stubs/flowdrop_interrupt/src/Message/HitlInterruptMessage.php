<?php

declare(strict_types=1);

namespace Drupal\flowdrop_interrupt\Message;

use Drupal\flowdrop_interrupt\InterruptType;

/**
 * Stands for the message of an interrupt that somebody answers.
 */
final class HitlInterruptMessage implements InterruptMessageInterface {

  public function __construct(
    public readonly InterruptType $type,
    public readonly string $workflowId,
    public readonly string $nodeId,
    public readonly string $message,
    public readonly array $schema = [],
    public readonly ?string $pipelineId = NULL,
    public readonly ?int $expires = NULL,
  ) {}

}
