<?php

declare(strict_types=1);

namespace Drupal\flowdrop\Plugin\FlowDropNodeProcessor;

use Drupal\flowdrop\DTO\ExecutionContextDTO;

/**
 * Stands for the interface of nodes that know where they are.
 */
interface ExecutionContextAwareInterface {

  /**
   * Tells a node where it is.
   */
  public function setExecutionContext(ExecutionContextDTO $context): void;

}
