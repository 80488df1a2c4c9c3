<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\area;

use Drupal\background_agents\Ui\RunListHead;
use Drupal\views\Attribute\ViewsArea;
use Drupal\views\Plugin\views\area\AreaPluginBase;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * What stands above the list of runs: that agents are stopped, or wait.
 *
 * @internal
 */
#[ViewsArea('background_agents_runs_head')]
final class RunsHead extends AreaPluginBase {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly RunListHead $head,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(RunListHead::class));
  }

  /**
   * {@inheritdoc}
   */
  public function render($empty = FALSE): array {
    $input = array_filter($this->view->getExposedInput(), is_string(...));
    return $this->head->build($this->view->getUser()) + ['csv' => $this->head->csv($input)];
  }

}
