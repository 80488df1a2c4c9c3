<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Notes at a change what came of it when its item was published.
 *
 * @internal
 */
final class OutcomeRecorder {

  public function __construct(
    private readonly StoredValues $values,
    private readonly OutcomeMeasure $measure,
  ) {}

  /**
   * Measures a change against what was published. The caller saves.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   A change of the published translation.
   * @param \Drupal\Core\Entity\ContentEntityInterface $published
   *   The translation as visitors see it now.
   *
   * @return \Drupal\background_agents\Review\Outcome\Outcome|null
   *   NULL when the agent changed nothing, or it was not kept what.
   */
  public function record(Change $change, ContentEntityInterface $published): ?Outcome {
    $own = $change->getOwnValues();
    if ($own === NULL) {
      return NULL;
    }
    $names = array_filter(array_keys($own['after']), $published->hasField(...));
    $types = [];
    foreach ($names as $name) {
      $types[$name] = $published->get($name)->getFieldDefinition()->getType();
    }
    $outcome = $this->measure->of($this->values->ofItems($published, $own['before']), $this->values->ofItems($published, $own['after']), $this->values->of($published), $types);
    $change->set('outcome', $outcome?->class)->set('outcome_share', $outcome?->share);
    return $outcome;
  }

}
