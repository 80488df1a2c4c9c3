<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Derivative;

use Drupal\background_agents\Review\DraftListPage;
use Drupal\Component\Plugin\Derivative\DeriverBase;
use Drupal\Core\Plugin\Discovery\ContainerDeriverInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * The link to the list of drafts below Content, as long as there is the list.
 *
 * It is a view: a site may change its path, disable or delete it.
 *
 * @internal
 */
final class DraftListLink extends DeriverBase implements ContainerDeriverInterface {

  public function __construct(
    private readonly DraftListPage $page,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, $base_plugin_id): static {
    return new self($container->get(DraftListPage::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getDerivativeDefinitions($base_plugin_definition): array {
    $this->derivatives = $this->page->isThere() ? ['list' => ['route_name' => DraftListPage::ROUTE] + $base_plugin_definition] : [];
    return $this->derivatives;
  }

}
