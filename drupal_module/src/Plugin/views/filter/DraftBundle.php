<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\InOperator;
use Drupal\views\Plugin\views\query\Sql;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Filters drafts by the type of their content, of any entity type.
 *
 * The choices are the types that agents write: read from configuration, since
 * to ask the drafts takes longer than the list.
 *
 * @internal
 */
#[ViewsFilter('background_agents_draft_bundle')]
final class DraftBundle extends InOperator {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundles,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(EntityTypeManagerInterface::class), $container->get(EntityTypeBundleInfoInterface::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getValueOptions(): array {
    if (!isset($this->valueOptions)) {
      $this->valueOptions = [];
      foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
        assert($agent instanceof Agent);
        foreach ($agent->getContent() as $type => $bundles) {
          foreach (array_keys($bundles) as $bundle) {
            $this->valueOptions["$type:$bundle"] = (string) ($this->bundles->getBundleInfo((string) $type)[$bundle]['label'] ?? $bundle);
          }
        }
      }
      asort($this->valueOptions);
    }
    return $this->valueOptions;
  }

  /**
   * {@inheritdoc}
   */
  public function operators(): array {
    return array_intersect_key(parent::operators(), ['in' => TRUE]);
  }

  /**
   * {@inheritdoc}
   */
  protected function opSimple(): void {
    if (empty($this->value) || !$this->query instanceof Sql) {
      return;
    }
    $this->ensureMyTable();
    $connection = $this->query->getConnection();
    $any = $connection->condition('OR');
    foreach ((array) $this->value as $value) {
      [$type, $bundle] = explode(':', (string) $value, 2) + [1 => ''];
      $any->condition($connection->condition('AND')
        ->condition("$this->tableAlias.target_type", $type)
        ->condition("$this->tableAlias.target_bundle", $bundle));
    }
    $this->query->addWhere($this->options['group'], $any);
  }

}
