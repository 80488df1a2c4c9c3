<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\background_agents\Guard\WritableFields;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\TypedData\TypedDataInterface;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\ConstraintValidator;

/**
 * Validates WritableFieldConstraint.
 *
 * What the site does not have, such as a content type of a module that is not
 * installed, is taken: nobody can tell its fields.
 *
 * @internal
 */
class WritableFieldConstraintValidator extends ConstraintValidator implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly WritableFields $fields,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function validate(mixed $value, Constraint $constraint): void {
    assert($constraint instanceof WritableFieldConstraint);
    $field = $this->context->getObject();
    $bundle = $field instanceof TypedDataInterface ? $field->getParent() : NULL;
    $type = $bundle?->getParent();
    if (!is_string($value) || $bundle === NULL || $type === NULL || !$this->fields->isKnown((string) $type->getName(), (string) $bundle->getName())) {
      return;
    }
    $parameters = ['@field' => $value, '@bundle' => (string) $bundle->getName(), '@type' => (string) $type->getName()];
    $message = match (TRUE) {
      !$this->fields->exists($parameters['@type'], $parameters['@bundle'], $value) => $constraint->unknown,
      !isset($this->fields->of($parameters['@type'], $parameters['@bundle'])[$value]) => $constraint->never,
      default => NULL,
    };
    if ($message !== NULL) {
      $this->context->addViolation($message, $parameters);
    }
  }

}
