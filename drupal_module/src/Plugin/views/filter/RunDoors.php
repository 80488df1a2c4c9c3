<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\background_agents\Entity\RunFields;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\InOperator;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Filters runs by the door that they came by.
 *
 * It offers those of this site, and the one that an address looks for.
 *
 * @internal
 */
#[ViewsFilter('background_agents_run_doors')]
final class RunDoors extends InOperator {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly ModuleHandlerInterface $modules,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(ModuleHandlerInterface::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getValueOptions(): array {
    $asked = $this->view->getExposedInput()[$this->options['expose']['identifier'] ?? ''] ?? NULL;
    return $this->valueOptions ??= RunFields::openDoors($this->modules)
      + array_intersect_key(RunFields::triggerLabels(), is_string($asked) ? [$asked => TRUE] : []);
  }

  /**
   * {@inheritdoc}
   */
  public function operators(): array {
    return array_intersect_key(parent::operators(), ['in' => TRUE]);
  }

}
