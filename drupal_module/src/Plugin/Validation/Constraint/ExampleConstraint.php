<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Validation\Attribute\Constraint;
use Symfony\Component\Validator\Constraint as SymfonyConstraint;

/**
 * An example of an agent whose input fits the input schema of that agent.
 *
 * @internal
 */
#[Constraint(
  id: 'BackgroundAgentsExample',
  label: new TranslatableMarkup('Example of the input of an agent', [], ['context' => 'Validation']),
  type: ['mapping'],
)]
class ExampleConstraint extends SymfonyConstraint {

  /**
   * The sentence for people.
   */
  public string $message = 'The example "@label" does not fit the input of the agent. @problem';

}
