<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Shows the runs of a list as cards on a telephone.
 *
 * @internal
 */
final class RunListDisplayHooks {

  use StringTranslationTrait;

  private const string FIELD = 'run_bulk_form';

  /**
   * Implements hook_preprocess_HOOK() for views-view-table.html.twig.
   */
  #[Hook('preprocess_views_view_table')]
  public function preprocessTable(array &$variables): void {
    $view = $variables['view'];
    if ($view->getBaseEntityType()?->id() !== 'background_agents_run') {
      return;
    }
    $variables['attributes']['class'][] = 'ba-cards';
    $handlers = $view->field;
    foreach ($variables['rows'] as $row) {
      foreach ($row['columns'] as $name => $column) {
        $column['attributes']->setAttribute('data-label', isset($handlers[$name]) ? (string) $handlers[$name]->label() : '');
      }
    }
    // Core puts a box to select all there, but not where no run can be chosen.
    if (isset($variables['header'][self::FIELD]) && (string) $variables['header'][self::FIELD]['content'] === '') {
      $variables['header'][self::FIELD]['content'] = [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['visually-hidden']],
        'text' => ['#plain_text' => (string) $this->t('Select')],
      ];
    }
  }

}
