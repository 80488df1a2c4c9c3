<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Ui\ChosenIds;
use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Plugin\views\display\DisplayPluginBase;
use Drupal\views\Plugin\views\field\BulkForm;
use Drupal\views\ResultRow;
use Drupal\views\ViewExecutable;

/**
 * Lets several rows be chosen, to do the same with them on the next page.
 *
 * Nothing is done here: the next page lists what will be done.
 *
 * @internal
 */
abstract class ChosenRowsBase extends BulkForm {

  /**
   * Labels of all that can be done, by key.
   *
   * @return array<string, \Stringable>
   *   Labels by key.
   */
  abstract protected function choices(): array;

  /**
   * The label of the checkbox of a row; NULL: there is no checkbox.
   */
  abstract protected function rowTitle(ResultRow $row): ?\Stringable;

  /**
   * Goes on to the next page.
   *
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Of the form.
   * @param string $choice
   *   A key of choices().
   * @param array<string, string> $query
   *   What the next page has to be told.
   * @param list<string> $ids
   *   The chosen rows.
   */
  abstract protected function goOn(FormStateInterface $form_state, string $choice, array $query, array $ids): void;

  /**
   * {@inheritdoc}
   */
  public function init(ViewExecutable $view, DisplayPluginBase $display, ?array &$options = NULL): void {
    parent::init($view, $display, $options);
    // Actions could be run by models and by ECA; what a person decides, not.
    $this->actions = [];
  }

  /**
   * {@inheritdoc}
   */
  protected function getBulkOptions($filtered = TRUE): array {
    $all = $this->choices();
    $selected = array_flip($this->options['selected_actions']);
    return match (TRUE) {
      !$filtered => $all,
      $this->options['include_exclude'] === 'include' => array_intersect_key($all, $selected),
      default => array_diff_key($all, $selected),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function viewsForm(&$form, FormStateInterface $form_state): void {
    parent::viewsForm($form, $form_state);
    $choosable = 0;
    foreach ($this->view->result as $index => $row) {
      if (!isset($form[$this->options['id']][$index]['#return_value'])) {
        continue;
      }
      $title = $this->rowTitle($row);
      if ($title === NULL) {
        $form[$this->options['id']][$index] = ['#markup' => ''];
        continue;
      }
      $choosable++;
      $form[$this->options['id']][$index]['#title'] = $title;
      $form[$this->options['id']][$index]['#return_value'] = (string) $this->getEntity($row)?->id();
    }
    if ($choosable === 0) {
      $form['header'][$this->options['id']]['#access'] = FALSE;
      $form['actions']['#access'] = FALSE;
    }
  }

  /**
   * {@inheritdoc}
   */
  public function viewsFormSubmit(&$form, FormStateInterface $form_state): void {
    if ($form_state->get('step') !== 'views_form_views_form') {
      return;
    }
    $chosen = array_filter((array) ($form_state->getUserInput()[$this->options['id']] ?? []), static fn (mixed $id): bool => is_string($id) && ctype_digit($id) && $id !== '0');
    $this->goOn($form_state, (string) $form_state->getValue('action'), $this->getDestinationArray(), array_slice(array_values($chosen), 0, ChosenIds::MOST));
  }

}
