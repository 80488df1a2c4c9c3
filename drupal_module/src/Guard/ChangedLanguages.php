<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * The languages whose values a save changes.
 *
 * @internal
 */
final class ChangedLanguages {

  /**
   * Returns codes of languages, that of the saved object first.
   *
   * @return string[]
   *   Codes of languages.
   */
  public static function of(ContentEntityInterface $entity): array {
    $changed = [$entity->language()->getId()];
    foreach (array_keys($entity->getTranslationLanguages()) as $langcode) {
      if ($langcode !== $changed[0] && $entity->getTranslation($langcode)->hasTranslationChanges()) {
        $changed[] = $langcode;
      }
    }
    return $changed;
  }

}
