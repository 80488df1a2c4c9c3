<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\InOperator;
use Drupal\views\Plugin\views\query\Sql;

/**
 * Filters runs by who asked for them: the person who looks, or nobody.
 *
 * @internal
 */
#[ViewsFilter('background_agents_my_runs')]
final class MyRuns extends InOperator {

  /**
   * {@inheritdoc}
   */
  public function getValueOptions(): array {
    return $this->valueOptions ??= [
      'me' => $this->t('Me'),
      'nobody' => $this->t('Nobody (automatic)'),
    ];
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
  public function getCacheContexts(): array {
    return [...parent::getCacheContexts(), 'user'];
  }

  /**
   * {@inheritdoc}
   */
  protected function opSimple(): void {
    if (empty($this->value) || !$this->query instanceof Sql) {
      return;
    }
    $this->ensureMyTable();
    $any = $this->query->getConnection()->condition('OR');
    foreach ((array) $this->value as $value) {
      $value === 'me' ? $any->condition("$this->tableAlias.uid", $this->view->getUser()->id()) : $any->isNull("$this->tableAlias.uid");
    }
    $this->query->addWhere($this->options['group'], $any);
  }

}
