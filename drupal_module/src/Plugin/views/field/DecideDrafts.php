<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Form\DecideDraftsForm;
use Drupal\background_agents\Review\BulkDecision;
use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\ResultRow;

/**
 * Lets several drafts be chosen, to accept or refuse them together.
 *
 * @internal
 */
#[ViewsField('background_agents_change_bulk_form')]
final class DecideDrafts extends ChosenRowsBase {

  /**
   * {@inheritdoc}
   */
  protected function choices(): array {
    return [
      BulkDecision::ACCEPT => $this->t('Accept the drafts'),
      BulkDecision::REFUSE => $this->t('Refuse the drafts'),
    ];
  }

  /**
   * {@inheritdoc}
   */
  protected function rowTitle(ResultRow $row): ?\Stringable {
    $change = $this->getEntity($row);
    return $change instanceof Change ? $this->t('Select the draft of @label', ['@label' => $change->getTargetLabel()]) : NULL;
  }

  /**
   * {@inheritdoc}
   */
  protected function goOn(FormStateInterface $form_state, string $choice, array $query, array $ids): void {
    $form_state->setRedirect(DecideDraftsForm::ROUTE, ['decision' => $choice], ['query' => ['drafts' => implode('-', $ids)] + $query]);
  }

}
