<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Run\RunListPage;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\ViewExecutable;

/**
 * Folds the filters of the lists of drafts and runs where the screen is narrow.
 *
 * The fold is one of HTML, so it works without scripts. A wide screen shows
 * the filters, and has no fold.
 *
 * @internal
 */
final class DraftFilterHooks {

  use StringTranslationTrait;

  /**
   * Implements hook_form_FORM_ID_alter() for views_exposed_form.
   */
  #[Hook('form_views_exposed_form_alter')]
  public function exposedFormAlter(array &$form, FormStateInterface $form_state): void {
    $view = $form_state->get('view');
    if (!$view instanceof ViewExecutable || !in_array($view->id(), [DraftListPage::VIEW, RunListPage::VIEW], TRUE)) {
      return;
    }
    $label = $view->id() === RunListPage::VIEW ? $this->runs($this->set($view)) : $this->drafts($this->set($view));
    $form['#prefix'] = '<details class="ba-filters"><summary>' . $label . '</summary>';
    $form['#suffix'] = '</details>';
    $form['#attached']['library'][] = 'background_agents/list';
  }

  private function drafts(int $set): TranslatableMarkup {
    return $set === 0 ? $this->t('Filter the drafts') : $this->formatPlural($set, 'Filter the drafts (1 filter is set)', 'Filter the drafts (@count filters are set)');
  }

  private function runs(int $set): TranslatableMarkup {
    return $set === 0 ? $this->t('Filter the runs') : $this->formatPlural($set, 'Filter the runs (1 filter is set)', 'Filter the runs (@count filters are set)');
  }

  /**
   * How many filters the person has set.
   */
  private function set(ViewExecutable $view): int {
    $identifiers = array_map(static fn (array $filter): string => $filter['expose']['identifier'] ?? '', $view->display_handler->getOption('filters'));
    $given = array_intersect_key($view->getExposedInput(), array_flip($identifiers));
    return count(array_filter($given, static fn (mixed $value): bool => $value !== '' && $value !== 'All'));
  }

}
