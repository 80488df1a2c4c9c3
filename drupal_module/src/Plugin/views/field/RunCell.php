<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Ui\RunCells;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * One of the cells of the list of runs; the definition says which.
 *
 * Access is not asked: the query has decided, and the page of a run decides
 * again.
 *
 * @internal
 */
#[ViewsField('background_agents_run_cell')]
final class RunCell extends FieldPluginBase {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly RunCells $cells,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(RunCells::class));
  }

  /**
   * {@inheritdoc}
   */
  public function preRender(&$values): void {
    $this->cells->prepare(array_filter(array_map($this->run(...), $values)));
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): mixed {
    $run = $this->run($values);
    return $run === NULL ? '' : match ($this->definition['cell']) {
      'state' => $this->cells->state($run),
      'agent' => $run->toLink($run->getAgentLabel())->toRenderable(),
      'about' => ['#plain_text' => $this->cells->about($run)],
      'started_by' => ['#markup' => $this->cells->startedBy($run)],
      'cost' => RunCells::money($run->getUsage()['cost_micros']),
      'took' => $this->cells->took($run),
      default => throw new \LogicException("No cell {$this->definition['cell']}"),
    };
  }

  private function run(ResultRow $row): ?Run {
    $run = $this->getEntity($row);
    return $run instanceof Run ? $run : NULL;
  }

}
