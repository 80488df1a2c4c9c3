<?php

declare(strict_types=1);

namespace Drupal\flowdrop\DTO;

/**
 * Stands for the parameters of a node of FlowDrop.
 */
final class ParameterBag implements ParameterBagInterface {

  public function __construct(
    private readonly array $parameters,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function get(string $name, mixed $default = NULL): mixed {
    return $this->parameters[$name] ?? $default;
  }

}
