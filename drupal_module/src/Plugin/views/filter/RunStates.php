<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Run\RunState;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\InOperator;

/**
 * Filters runs by their state; all that have not ended are one choice, too.
 *
 * @internal
 */
#[ViewsFilter('background_agents_run_states')]
final class RunStates extends InOperator {

  private const string OPEN = 'open';

  /**
   * {@inheritdoc}
   */
  public function getValueOptions(): array {
    return $this->valueOptions ??= [self::OPEN => $this->t('Not ended')] + RunFields::stateLabels();
  }

  /**
   * {@inheritdoc}
   */
  public function operators(): array {
    return array_intersect_key(parent::operators(), ['in' => TRUE]);
  }

  /**
   * {@inheritdoc}
   */
  protected function opSimple(): void {
    $chosen = $this->value;
    if (in_array(self::OPEN, (array) $chosen, TRUE)) {
      $this->value = array_values(array_unique([...array_diff((array) $chosen, [self::OPEN]), ...RunState::open()]));
    }
    parent::opSimple();
    $this->value = $chosen;
  }

}
