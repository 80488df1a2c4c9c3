<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\CancelRunsForm;
use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\ResultRow;

/**
 * Lets several runs be chosen that have not ended, to cancel them together.
 *
 * @internal
 */
#[ViewsField('background_agents_run_bulk_form')]
final class CancelRuns extends ChosenRowsBase {

  /**
   * {@inheritdoc}
   */
  protected function choices(): array {
    return ['cancel' => $this->t('Cancel the runs')];
  }

  /**
   * {@inheritdoc}
   */
  protected function rowTitle(ResultRow $row): ?\Stringable {
    $run = $this->getEntity($row);
    $mayCancel = $run instanceof Run && !$run->isFinal() && $run->access('manage', $this->view->getUser());
    return !$mayCancel ? NULL : $this->t('Select run @number of @agent', [
      '@number' => $run->id(),
      '@agent' => $run->getAgentLabel(),
    ]);
  }

  /**
   * {@inheritdoc}
   */
  protected function goOn(FormStateInterface $form_state, string $choice, array $query, array $ids): void {
    $form_state->setRedirect(CancelRunsForm::ROUTE, [], ['query' => ['runs' => implode('-', $ids)] + $query]);
  }

}
