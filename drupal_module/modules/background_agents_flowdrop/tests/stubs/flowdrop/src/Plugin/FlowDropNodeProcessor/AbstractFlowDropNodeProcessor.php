<?php

declare(strict_types=1);

namespace Drupal\flowdrop\Plugin\FlowDropNodeProcessor;

use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\Plugin\PluginBase;
use Drupal\flowdrop\DTO\ParameterBagInterface;
use Drupal\flowdrop\DTO\ValidationResult;

/**
 * Stands for the base class of the nodes of FlowDrop.
 */
abstract class AbstractFlowDropNodeProcessor extends PluginBase implements ContainerFactoryPluginInterface {

  abstract public function process(ParameterBagInterface $params): array;

  abstract public function validateParams(array $params): ValidationResult;

  abstract public function getParameterSchema(): array;

  abstract public function getOutputSchema(): array;

}
