<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Validation\Constraint;

use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Validation\Attribute\Constraint;
use Symfony\Component\Validator\Constraint as SymfonyConstraint;

/**
 * A field of the bundle under which it is listed, that agents may write.
 *
 * @internal
 */
#[Constraint(
  id: 'BackgroundAgentsWritableField',
  label: new TranslatableMarkup('Field that agents may write', [], ['context' => 'Validation']),
  type: ['string'],
)]
class WritableFieldConstraint extends SymfonyConstraint {

  /**
   * The sentence for people when there is no such field.
   */
  public string $unknown = '"@bundle" of "@type" has no field "@field".';

  /**
   * The sentence for people when no agent may write the field.
   */
  public string $never = 'Agents never write the field "@field".';

}
