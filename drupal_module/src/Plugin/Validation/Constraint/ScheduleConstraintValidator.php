<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\background_agents\Schedule\ScheduleSettings;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\ConstraintValidator;

/**
 * Validates ScheduleConstraint.
 *
 * @internal
 */
class ScheduleConstraintValidator extends ConstraintValidator {

  /**
   * {@inheritdoc}
   */
  public function validate(mixed $value, Constraint $constraint): void {
    assert($constraint instanceof ScheduleConstraint);
    if (!is_array($value)) {
      return;
    }
    try {
      (new ScheduleSettings($value))->schedule();
    }
    catch (\InvalidArgumentException $exception) {
      $this->context->addViolation($constraint->message, ['@error' => $exception->getMessage()]);
    }
  }

}
