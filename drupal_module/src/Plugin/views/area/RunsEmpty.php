<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\area;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
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
    $agents = Url::fromRoute('entity.background_agents_agent.collection');
    return match (TRUE) {
      $isFiltered => $this->t('No run fits these filters. <a href=":url">Show all</a>.', [':url' => $this->view->getUrl()->toString()]),
      $agents->access($this->view->getUser()) => $this->t('No agent has run yet. Run one from <a href=":agents">the list of agents</a>, or let <a href=":triggers">a trigger</a> start it.', [
        ':agents' => $agents->toString(),
        ':triggers' => Url::fromRoute('entity.background_agents_trigger.collection')->toString(),
      ]),
      default => $this->t('No agent has run yet.'),
    };
  }

}
