<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Validation\Attribute\Constraint;
use Symfony\Component\Validator\Constraint as SymfonyConstraint;

/**
 * A text that holds one JSON object.
 *
 * @internal
 */
#[Constraint(
  id: 'BackgroundAgentsJsonObject',
  label: new TranslatableMarkup('JSON object as text', [], ['context' => 'Validation']),
  type: ['string'],
)]
class JsonObjectConstraint extends SymfonyConstraint {

  /**
   * The sentence for people.
   */
  public string $message = 'This must be a JSON object: @error';

}
