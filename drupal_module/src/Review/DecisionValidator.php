<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Guard\FourEyesGuard;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\Plugin\Validation\Constraint\EntityChangedConstraint;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Symfony\Component\Validator\ConstraintViolationInterface;

/**
 * Validates what a person is about to publish.
 *
 * Only what that changes: a value that is live already, such as a text in a
 * format that the person may not use, is not theirs to mend.
 *
 * @internal
 */
final class DecisionValidator {

  use StringTranslationTrait;

  public function __construct(
    private readonly Fingerprint $fingerprint,
    private readonly FourEyesGuard $fourEyes,
  ) {}

  /**
   * Refuses a revision that is not valid.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $revision
   *   What is about to be saved.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $published
   *   What visitors see; NULL: nothing.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   With what is wrong.
   */
  public function validate(ContentEntityInterface $revision, ?ContentEntityInterface $published): void {
    $refusal = $this->fourEyes->refusal($revision);
    if ($refusal !== NULL) {
      throw new ReviewRefused($refusal);
    }
    $before = $published === NULL ? NULL : $this->fingerprint->of($published);
    $now = $this->fingerprint->of($revision);
    $problems = [];
    foreach ($revision->validate() as $violation) {
      if ($this->concerns($violation, $before, $now)) {
        $problems[] = html_entity_decode(strip_tags((string) $violation->getMessage()), ENT_QUOTES | ENT_HTML5);
      }
    }
    if ($problems !== []) {
      throw new ReviewRefused($this->t('It was not saved: @problems Edit the draft, and correct it there.', ['@problems' => implode(' ', array_unique($problems))]));
    }
  }

  /**
   * Whether a violation is about something that the save changes.
   *
   * @param \Symfony\Component\Validator\ConstraintViolationInterface $violation
   *   The violation.
   * @param array<string, string>|null $before
   *   Prints of the fields that visitors see; NULL: nothing.
   * @param array<string, string> $now
   *   Prints of the fields that are saved.
   */
  private function concerns(ConstraintViolationInterface $violation, ?array $before, array $now): bool {
    // Revisions are compared instead, while the item is locked.
    if ($violation->getConstraint() instanceof EntityChangedConstraint) {
      return FALSE;
    }
    $field = explode('.', $violation->getPropertyPath(), 2)[0];
    return $before === NULL || in_array($field, ['', 'moderation_state'], TRUE) || ($before[$field] ?? NULL) !== ($now[$field] ?? NULL);
  }

}
