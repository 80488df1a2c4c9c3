<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\background_agents\Contract\JsonText;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\ConstraintValidator;

/**
 * Validates JsonObjectConstraint.
 *
 * @internal
 */
class JsonObjectConstraintValidator extends ConstraintValidator {

  /**
   * {@inheritdoc}
   */
  public function validate(mixed $value, Constraint $constraint): void {
    assert($constraint instanceof JsonObjectConstraint);
    if ($value === NULL || $value === '') {
      return;
    }
    try {
      if (!JsonText::decode((string) $value) instanceof \stdClass) {
        $this->context->addViolation($constraint->message, ['@error' => 'it begins with "{" and ends with "}".']);
      }
    }
    catch (\JsonException $exception) {
      $this->context->addViolation($constraint->message, ['@error' => $exception->getMessage() . '.']);
    }
  }

}
