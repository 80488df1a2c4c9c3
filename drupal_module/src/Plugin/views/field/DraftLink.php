<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;

/**
 * Links to the page of a draft, by the name of its content.
 *
 * Access is not asked: the query has decided, and the page decides again. To
 * ask costs several queries a row.
 *
 * @internal
 */
#[ViewsField('background_agents_draft_link')]
final class DraftLink extends FieldPluginBase {

  /**
   * {@inheritdoc}
   */
  public function query(): void {
    parent::query();
    $this->addAdditionalFields(['id']);
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): mixed {
    $id = (int) $this->getValue($values, 'id');
    $this->options['alter']['make_link'] = TRUE;
    $this->options['alter']['url'] = Url::fromRoute('entity.background_agents_change.canonical', ['background_agents_change' => $id]);
    $label = trim((string) $this->getValue($values));
    return $label === '' ? new TranslatableMarkup('Draft @number', ['@number' => $id]) : $this->sanitizeValue($label);
  }

}
