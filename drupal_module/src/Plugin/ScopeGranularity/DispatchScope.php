<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\ScopeGranularity;

use Drupal\background_agents\OAuth\DispatchPermissions;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\simple_oauth\Attribute\ScopeGranularity;
use Drupal\simple_oauth\Plugin\ScopeGranularityBase;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * A scope of Simple OAuth that opens what callers from outside need.
 *
 * That module's own kinds name one permission, or a role: a person who may run
 * one agent would get nothing of "run any", and a role opens more than ours.
 *
 * @internal
 */
#[ScopeGranularity(
  id: DispatchScope::ID,
  label: new TranslatableMarkup('Dispatch of background agents'),
)]
final class DispatchScope extends ScopeGranularityBase implements ContainerFactoryPluginInterface {

  public const string ID = 'background_agents_dispatch';

  public function __construct(
    array $configuration,
    string $pluginId,
    array $pluginDefinition,
    private readonly DispatchPermissions $permissions,
  ) {
    parent::__construct($configuration, $pluginId, $pluginDefinition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): self {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(DispatchPermissions::class));
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return [];
  }

  /**
   * {@inheritdoc}
   *
   * The form of a scope gives NULL for a kind that has nothing to set.
   */
  public function setConfiguration(?array $configuration): void {
    parent::setConfiguration($configuration ?? []);
  }

  /**
   * {@inheritdoc}
   */
  public function validateConfiguration(array $configuration): void {}

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['about'] = [
      '#markup' => new TranslatableMarkup('Clients may run agents, and view and manage runs, as far as the person who signs in may.'),
    ];
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function hasPermission(string $permission): bool {
    return in_array($permission, $this->getPermissions(), TRUE);
  }

  /**
   * {@inheritdoc}
   */
  public function getPermissions(): array {
    return $this->permissions->all();
  }

}
