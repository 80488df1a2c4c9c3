<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Menu;

use Drupal\Core\Menu\MenuLinkDefault;
use Drupal\Core\Menu\StaticMenuLinkOverridesInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * The link to one's own notices in the menu of the account.
 *
 * @internal
 */
final class OwnNoticesLink extends MenuLinkDefault {

  public function __construct(
    array $configuration,
    $plugin_id,
    $plugin_definition,
    StaticMenuLinkOverridesInterface $static_override,
    private readonly AccountInterface $currentUser,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition, $static_override);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get('menu_link.static.overrides'), $container->get('current_user'));
  }

  /**
   * {@inheritdoc}
   */
  public function getRouteParameters(): array {
    return ['user' => (int) $this->currentUser->id()];
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheContexts(): array {
    return ['user'];
  }

}
