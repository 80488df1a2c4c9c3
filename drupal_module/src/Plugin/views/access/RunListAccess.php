<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\access;

use Drupal\background_agents\Run\RunListAccess as Access;
use Drupal\Core\Cache\Cache;
use Drupal\Core\Cache\CacheableDependencyInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\Attribute\ViewsAccess;
use Drupal\views\Plugin\views\access\AccessPluginBase;
use Symfony\Component\Routing\Route;

/**
 * Lets in who may see any run, or their own.
 *
 * @internal
 */
#[ViewsAccess(
  id: 'background_agents_runs',
  title: new TranslatableMarkup('Runs of agents'),
  help: new TranslatableMarkup('Those who may see all runs of agents, or their own.'),
)]
final class RunListAccess extends AccessPluginBase implements CacheableDependencyInterface {

  /**
   * {@inheritdoc}
   */
  public function access(AccountInterface $account): bool {
    return Access::maySee($account);
  }

  /**
   * {@inheritdoc}
   */
  public function alterRouteDefinition(Route $route): void {
    $route->setRequirement('_permission', implode('+', Access::ANY));
  }

  /**
   * {@inheritdoc}
   */
  public function summaryTitle(): TranslatableMarkup {
    return $this->t('Who may see runs');
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheMaxAge(): int {
    return Cache::PERMANENT;
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheContexts(): array {
    return ['user.permissions'];
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheTags(): array {
    return [];
  }

}
