<?php

declare(strict_types=1);

namespace Drupal\background_agents_disclosure;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Does what the documentation says of the recorder's apply().
 */
final class Recorder {

  private const array SEVERITY = ['ai_partly_assisted' => 50, 'ai_generated_autonomous' => 70];

  /**
   * Sets a grade that is higher than the present one, without human review.
   */
  public function apply(ContentEntityInterface $entity, string $grade, string $source, ?string $description = NULL, bool $save = TRUE): bool {
    $item = $entity->get('field_disclosure')->first();
    if (self::SEVERITY[$grade] <= (self::SEVERITY[$item?->get('grade')->getValue()] ?? 0)) {
      return FALSE;
    }
    $entity->set('field_disclosure', ['mode' => 'custom', 'grade' => $grade, 'human_review' => FALSE]);
    if ($save) {
      $entity->save();
    }
    return TRUE;
  }

}
