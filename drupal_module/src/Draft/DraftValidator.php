<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\Core\Entity\Plugin\Validation\Constraint\EntityChangedConstraint;
use Symfony\Component\Validator\ConstraintViolationInterface;

/**
 * Validates a draft, and tells only what the request can mend.
 *
 * Entity validation reports every field, also those that the draft leaves as
 * they are, such as a text in a format that the account may not use.
 */
final class DraftValidator {

  public function validate(Draft $draft, FieldErrors $errors): void {
    foreach ($draft->entity->validate() as $violation) {
      if ($this->concerns($draft, $violation)) {
        $errors->add('invalid', strtr($violation->getPropertyPath(), '.', '/'), self::text($violation));
      }
    }
  }

  private function concerns(Draft $draft, ConstraintViolationInterface $violation): bool {
    // The expected revision is compared instead, in the same transaction.
    if ($violation->getConstraint() instanceof EntityChangedConstraint) {
      return FALSE;
    }
    $field = strtok($violation->getPropertyPath(), '.');
    return $field === FALSE || $field === '' || $draft->isCreation()
      || in_array($field, $draft->changed, TRUE) || $field === 'moderation_state';
  }

  private static function text(ConstraintViolationInterface $violation): string {
    return html_entity_decode(strip_tags((string) $violation->getMessage()), ENT_QUOTES | ENT_HTML5);
  }

}
