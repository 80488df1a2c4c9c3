<?php

declare(strict_types=1);

namespace Drupal\flowdrop\DTO;

/**
 * Stands for what FlowDrop tells a node about where it is.
 */
final class ExecutionContextDTO {

  public function __construct(
    public readonly array $initialData = [],
    public readonly ?string $workflowId = NULL,
    public readonly ?string $pipelineId = NULL,
    public readonly ?string $executionId = NULL,
    public readonly ?string $nodeId = NULL,
    public readonly array $metadata = [],
  ) {}

}
