<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityConstraintViolationListInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Plugin\Validation\Constraint\EntityChangedConstraint;
use Drupal\Core\Entity\Plugin\Validation\Constraint\ReferenceAccessConstraint;
use Drupal\Core\Field\FieldItemListInterface;
use Symfony\Component\Validator\ConstraintViolationInterface;

/**
 * Validates a draft, and tells only what the request can mend.
 *
 * Entity validation reports every field, also those that the draft leaves as
 * they are, such as a text in a format that the account may not use.
 */
final class DraftValidator {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * @throws \Drupal\background_agents\Draft\FieldException
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
      throw new FieldException(array_values(array_filter($draft->changed, static fn (string $field): bool => self::fails($draft->entity->get($field)))), $exception);
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
    if ($violation->getConstraint() instanceof ReferenceAccessConstraint && $this->isPresent($draft, $violation->getPropertyPath())) {
      return FALSE;
    }
    $field = strtok($violation->getPropertyPath(), '.');
    return $field === FALSE || $field === '' || $draft->isCreation()
      || in_array($field, $draft->changed, TRUE) || $field === 'moderation_state';
  }

  /**
   * Whether a reference is in the revision that the draft is made from.
   *
   * Core means to let those pass too, but compares ids with deltas.
   */
  private function isPresent(Draft $draft, string $path): bool {
    [$field, $delta] = explode('.', $path) + [1 => '0'];
    $base = $draft->base === NULL ? NULL : $this->entityTypeManager->getStorage($draft->entity->getEntityTypeId())->loadRevision($draft->base);
    $langcode = $draft->entity->language()->getId();
    if (!$base instanceof ContentEntityInterface || !$base->hasTranslation($langcode)) {
      return FALSE;
    }
    $targets = array_column($base->getTranslation($langcode)->get($field)->getValue(), 'target_id');
    return in_array((string) $draft->entity->get($field)->get((int) $delta)?->target_id, array_map(strval(...), $targets), TRUE);
  }

  private static function text(ConstraintViolationInterface $violation): string {
    return html_entity_decode(strip_tags((string) $violation->getMessage()), ENT_QUOTES | ENT_HTML5);
  }

}
