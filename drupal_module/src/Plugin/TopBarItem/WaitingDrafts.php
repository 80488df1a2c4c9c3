<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\TopBarItem;

use Drupal\background_agents\Ui\WaitingDraftsCount;
use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\navigation\Attribute\TopBarItem;
use Drupal\navigation\TopBarItemBase;
use Drupal\navigation\TopBarRegion;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * The number of waiting drafts in the top bar of Navigation.
 *
 * @internal
 */
#[TopBarItem(
  id: 'background_agents_waiting_drafts',
  region: TopBarRegion::Tools,
  label: new TranslatableMarkup("Agents' drafts"),
)]
final class WaitingDrafts extends TopBarItemBase implements ContainerFactoryPluginInterface {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly WaitingDraftsCount $count,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(WaitingDraftsCount::class));
  }

  /**
   * {@inheritdoc}
   */
  public function build(): array {
    return $this->count->isShown() ? ['link' => $this->count->link(['toolbar-button', 'toolbar-button--small'])] : ['#cache' => $this->count->cache()];
  }

}
