<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\area;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\Attribute\ViewsArea;
use Drupal\views\Plugin\views\area\AreaPluginBase;

/**
 * Says why the list of runs is empty.
 *
 * @internal
 */
#[ViewsArea('background_agents_runs_empty')]
final class RunsEmpty extends AreaPluginBase {

  /**
   * {@inheritdoc}
   */
  public function render($empty = FALSE): array {
    if ($empty && empty($this->options['empty'])) {
      return [];
    }
    return ['#markup' => '<p>' . $this->text() . '</p>'];
  }

  private function text(): TranslatableMarkup {
    $isSet = static fn (mixed $value): bool => is_string($value) && $value !== '' && $value !== 'All';
    $isFiltered = array_filter($this->view->getExposedInput(), $isSet) !== [];
    return $isFiltered
      ? $this->t('No run fits these filters. <a href=":url">Show all</a>.', [
        ':url' => $this->view->getUrl()->toString(),
      ])
      : $this->t('No agent has run yet.');
  }

}
