<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\background_agents\Contract\InputCheck;
use Drupal\background_agents\Contract\JsonText;
use Drupal\Core\TypedData\TypedDataInterface;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\ConstraintValidator;

/**
 * Validates ExampleConstraint.
 *
 * An input or a schema that is no JSON object is told where it stands.
 *
 * @internal
 */
class ExampleConstraintValidator extends ConstraintValidator {

  /**
   * {@inheritdoc}
   */
  public function validate(mixed $value, Constraint $constraint): void {
    assert($constraint instanceof ExampleConstraint);
    $example = $this->context->getObject();
    $agent = $example instanceof TypedDataInterface ? $example->getRoot()->getValue() : NULL;
    if (!is_array($value) || !is_array($agent)) {
      return;
    }
    try {
      $input = JsonText::readObject((string) ($value['input'] ?? ''));
      $schema = JsonText::readObject((string) ($agent['definition']['input_schema'] ?? ''));
    }
    catch (\InvalidArgumentException) {
      return;
    }
    $problem = $input === NULL ? NULL : InputCheck::problem($input, $schema);
    if ($problem !== NULL) {
      $this->context->addViolation($constraint->message, ['@label' => $value['label'] ?? '', '@problem' => $problem]);
    }
  }

}
