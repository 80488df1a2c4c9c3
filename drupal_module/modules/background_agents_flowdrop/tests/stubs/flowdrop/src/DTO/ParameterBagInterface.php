<?php

declare(strict_types=1);

namespace Drupal\flowdrop\DTO;

/**
 * Stands for the parameters of a node of FlowDrop.
 */
interface ParameterBagInterface {

  /**
   * A parameter.
   */
  public function get(string $name, mixed $default = NULL): mixed;

}
