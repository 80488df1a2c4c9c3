<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Draft\RunDraftCounts;
use Drupal\background_agents\Entity\Change;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Says how many drafts a run left, and what became of them.
 *
 * One query counts for all rows.
 *
 * @internal
 */
#[ViewsField('background_agents_run_drafts')]
final class RunDrafts extends FieldPluginBase {

  /**
   * Numbers by run and status.
   *
   * @var array<int, array<string, int>>
   */
  private array $numbers = [];

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly RunDraftCounts $counts,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(RunDraftCounts::class));
  }

  /**
   * {@inheritdoc}
   */
  public function preRender(&$values): void {
    $this->numbers = $this->counts->of(array_map(fn (ResultRow $row): int => (int) $this->getValue($row), $values));
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): array|string {
    $numbers = $this->numbers[(int) $this->getValue($values)] ?? [];
    $items = [];
    foreach (array_intersect_key(Change::statusLabels(), $numbers) as $status => $label) {
      $items[] = $this->t('@label: @count', ['@label' => $label, '@count' => $numbers[$status]]);
    }
    return $items === [] ? '' : [
      '#theme' => 'item_list',
      '#items' => $items,
      '#attributes' => ['class' => ['ba-counts']],
    ];
  }

}
