<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Validation\Attribute\Constraint;
use Symfony\Component\Validator\Constraint as SymfonyConstraint;

/**
 * Settings from which due times can be calculated.
 *
 * @internal
 */
#[Constraint(
  id: 'BackgroundAgentsSchedule',
  label: new TranslatableMarkup('Schedule', [], ['context' => 'Validation']),
  type: ['mapping'],
)]
class ScheduleConstraint extends SymfonyConstraint {

  /**
   * The sentence for people.
   */
  public string $message = 'This is no schedule: @error';

}
