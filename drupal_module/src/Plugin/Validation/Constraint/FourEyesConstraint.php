<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Validation\Attribute\Constraint;
use Symfony\Component\Validator\Constraint as SymfonyConstraint;

/**
 * Nobody publishes an agent's draft that another person has to accept.
 *
 * @internal
 */
#[Constraint(
  id: 'BackgroundAgentsFourEyes',
  label: new TranslatableMarkup('Second person for drafts of agents', [], ['context' => 'Validation']),
  type: ['entity'],
)]
class FourEyesConstraint extends SymfonyConstraint {

  /**
   * The sentence for people.
   */
  public string $message = '@sentence';

}
