<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Derivative;

use Drupal\background_agents\Routing\ItemRoutes;
use Drupal\Component\Plugin\Derivative\DeriverBase;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Plugin\Discovery\ContainerDeriverInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * The tab "Agents" beside "Edit" of content.
 *
 * @internal
 */
final class ItemTasks extends DeriverBase implements ContainerDeriverInterface {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, $base_plugin_id): static {
    return new self($container->get('entity_type.manager'));
  }

  /**
   * {@inheritdoc}
   */
  public function getDerivativeDefinitions($base_plugin_definition): array {
    foreach (array_keys(ItemRoutes::types($this->entityTypeManager)) as $type) {
      $this->derivatives[$type] = [
        'route_name' => ItemRoutes::name($type),
        'base_route' => "entity.$type.canonical",
      ] + $base_plugin_definition;
    }
    return $this->derivatives;
  }

}
