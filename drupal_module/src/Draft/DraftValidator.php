<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Field\FieldErrors;
use Drupal\background_agents\Field\FieldException;
use Drupal\Core\Entity\EntityConstraintViolationListInterface;
use Drupal\Core\Entity\Plugin\Validation\Constraint\EntityChangedConstraint;
use Drupal\Core\Field\FieldItemListInterface;
use Symfony\Component\Validator\ConstraintViolationInterface;

/**
 * Validates a draft, and tells only what the request can mend.
 *
 * Entity validation reports every field, also those that the draft leaves as
 * they are, such as a text in a format that the account may not use; and every
 * item of a list, also those that stay in it, such as a reference to a page
 * that is not published any more.
 *
 * @internal
 */
final class DraftValidator {

  /**
   * What a path names of an item when the violation is about its target.
   */
  private const array TARGET = ['', 'target_id', 'entity'];

  /**
   * Runs the checks of the fields that the draft changes.
   *
   * @throws \Drupal\background_agents\Field\FieldException
   *   When a check itself fails.
   */
  public function validate(Draft $draft, FieldErrors $errors): void {
    foreach ($this->violations($draft) as $violation) {
      if ($this->concerns($draft, $violation)) {
        $errors->add('invalid', strtr($violation->getPropertyPath(), '.', '/'), self::text($violation));
      }
    }
  }

  private function violations(Draft $draft): EntityConstraintViolationListInterface {
    try {
      return $draft->entity->validate();
    }
    catch (\Throwable $exception) {
      // Whatever a validator throws: constraints are written for values of the
      // right kind, and do not say which field they were looking at.
      throw new FieldException(array_values(array_filter($draft->applied->changed(), static fn (string $field): bool => self::fails($draft->entity->get($field)))), $exception);
    }
  }

  private static function fails(FieldItemListInterface $items): bool {
    try {
      $items->validate();
      return FALSE;
    }
    catch (\Throwable) {
      return TRUE;
    }
  }

  private function concerns(Draft $draft, ConstraintViolationInterface $violation): bool {
    // The expected revision is compared instead, in the same transaction.
    if ($violation->getConstraint() instanceof EntityChangedConstraint) {
      return FALSE;
    }
    [$field, $delta, $property] = explode('.', $violation->getPropertyPath(), 3) + ['', '', ''];
    if ($draft->applied->isChanged($field) && ctype_digit($delta)) {
      $isOld = $draft->applied->isKept($field, (int) $delta)
        || (in_array($property, self::TARGET, TRUE) && $draft->applied->isReferred($field, (int) $delta));
      return !$isOld;
    }
    return $field === '' || $draft->isCreation() || $draft->applied->isChanged($field) || $field === 'moderation_state';
  }

  private static function text(ConstraintViolationInterface $violation): string {
    return html_entity_decode(strip_tags((string) $violation->getMessage()), ENT_QUOTES | ENT_HTML5);
  }

}
