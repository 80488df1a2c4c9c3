<?php

declare(strict_types=1);

namespace Drupal\background_agents\Routing;

use Drupal\background_agents\Controller\ItemAgentsController;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\Routing\Route;

/**
 * The page "Agents" of each type of content that agents may write.
 *
 * @internal
 */
final class ItemRoutes implements ContainerInjectionInterface {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get('entity_type.manager'));
  }

  /**
   * Returns the routes.
   *
   * @return \Symfony\Component\Routing\Route[]
   *   By name.
   */
  public function routes(): array {
    $routes = [];
    foreach (self::types($this->entityTypeManager) as $id => $type) {
      $routes[self::name($id)] = new Route(
        self::path($type) . '/agents',
        [
          '_controller' => ItemAgentsController::class . '::page',
          '_title_callback' => ItemAgentsController::class . '::title',
          'entity_type_id' => $id,
        ],
        [
          '_entity_access' => "$id.update",
          '_custom_access' => ItemAgentsController::class . '::access',
          $id => '[0-9]+',
        ],
        ['_admin_route' => TRUE, 'parameters' => [$id => ['type' => "entity:$id"]]],
      );
    }
    return $routes;
  }

  /**
   * Types of content that agents may write, and that have a page or a form.
   *
   * @return \Drupal\Core\Entity\EntityTypeInterface[]
   *   By id.
   */
  public static function types(EntityTypeManagerInterface $manager): array {
    return array_filter($manager->getDefinitions(), static fn (EntityTypeInterface $type): bool => $type instanceof ContentEntityTypeInterface
      && $type->isRevisionable()
      && !AgentAccess::isNeverWritten($type->id())
      && self::path($type) !== '');
  }

  /**
   * The name of the route of an entity type.
   */
  public static function name(string $type): string {
    return "entity.$type.background_agents";
  }

  /**
   * The path of an item; empty where its type has none with its id.
   */
  private static function path(EntityTypeInterface $type): string {
    // Media have no page of their own, unless a setting says so.
    $path = preg_replace('#/edit$#', '', (string) ($type->getLinkTemplate('edit-form') ?: $type->getLinkTemplate('canonical')));
    return str_contains((string) $path, '{' . $type->id() . '}') && $type->hasLinkTemplate('canonical') ? (string) $path : '';
  }

}
