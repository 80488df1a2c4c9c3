<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\FilterPluginBase;
use Drupal\views\Plugin\views\query\Sql;

/**
 * Filters runs by the first or the last day on which they were dispatched.
 *
 * The definition says which. Days are those of the person who looks.
 *
 * @internal
 */
#[ViewsFilter('background_agents_run_day')]
final class RunDay extends FilterPluginBase {

  /**
   * There is one way to compare.
   *
   * @var bool
   */
  // phpcs:ignore Drupal.NamingConventions.ValidVariableName.LowerCamelName, Drupal.Commenting.VariableComment.Missing
  public $no_operator = TRUE;

  /**
   * {@inheritdoc}
   */
  protected function valueForm(&$form, FormStateInterface $form_state): void {
    $form['value'] = [
      '#type' => 'date',
      '#title' => $this->t('Day'),
      '#default_value' => is_string($this->value) ? $this->value : '',
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function adminSummary(): string {
    return is_string($this->value) ? $this->value : '';
  }

  /**
   * {@inheritdoc}
   */
  public function query(): void {
    $isFirst = $this->definition['end'] === 'first';
    $day = is_array($this->value) ? reset($this->value) : $this->value;
    $isDay = is_string($day) && preg_match('/^\d{4}-\d\d-\d\d$/D', $day) === 1;
    // strtotime() takes the time zone of the person, which Drupal sets.
    $time = $isDay ? strtotime($day . ($isFirst ? ' 00:00:00' : ' 23:59:59')) : FALSE;
    if ($time !== FALSE && $this->query instanceof Sql) {
      $this->ensureMyTable();
      $this->query->addWhere($this->options['group'], "$this->tableAlias.$this->realField", $time, $isFirst ? '>=' : '<=');
    }
  }

}
