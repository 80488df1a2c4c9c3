<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Form\DecideDraftsForm;
use Drupal\background_agents\Review\BulkDecision;
use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\display\DisplayPluginBase;
use Drupal\views\Plugin\views\field\BulkForm;
use Drupal\views\ViewExecutable;

/**
 * Lets several drafts be chosen, to accept or refuse them together.
 *
 * Nothing is decided here: the next page lists what will be done.
 *
 * @internal
 */
#[ViewsField('background_agents_change_bulk_form')]
final class DecideDrafts extends BulkForm {

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
    $all = [
      BulkDecision::ACCEPT => $this->t('Accept the drafts'),
      BulkDecision::REFUSE => $this->t('Refuse the drafts'),
    ];
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
    foreach ($this->view->result as $index => $row) {
      $change = $this->getEntity($row);
      if ($change instanceof Change && isset($form[$this->options['id']][$index]['#return_value'])) {
        $form[$this->options['id']][$index]['#title'] = $this->t('Select the draft of @label', ['@label' => $change->getTargetLabel()]);
        $form[$this->options['id']][$index]['#return_value'] = (string) $change->id();
      }
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
    $form_state->setRedirect(DecideDraftsForm::ROUTE, ['decision' => $form_state->getValue('action')], [
      'query' => ['drafts' => implode('-', array_slice($chosen, 0, BulkDecision::MOST))] + $this->getDestinationArray(),
    ]);
  }

}
