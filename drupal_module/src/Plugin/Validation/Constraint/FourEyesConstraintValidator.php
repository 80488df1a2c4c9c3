<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\FourEyesGuard;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\ConstraintValidator;

/**
 * Validates FourEyesConstraint.
 *
 * @internal
 */
class FourEyesConstraintValidator extends ConstraintValidator implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly FourEyesGuard $guard,
    private readonly AgentScope $scope,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function validate(mixed $value, Constraint $constraint): void {
    assert($constraint instanceof FourEyesConstraint);
    $refusal = $value instanceof ContentEntityInterface && !$this->scope->isActive() ? $this->guard->refusal($value) : NULL;
    if ($refusal !== NULL) {
      $this->context->addViolation($constraint->message, ['@sentence' => $refusal]);
    }
  }

}
