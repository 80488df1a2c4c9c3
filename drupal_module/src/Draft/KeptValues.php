<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Review\Diff\StoredDifferences;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What a change keeps of a draft: refusals and retries delete revisions.
 *
 * @internal
 */
final class KeptValues {

  public function __construct(
    private readonly Fingerprint $fingerprint,
    private readonly StoredDifferences $differences,
  ) {}

  /**
   * What a change keeps of the fields that the agent set.
   *
   * @param \Drupal\background_agents\Draft\Draft $draft
   *   What was saved.
   * @param \Drupal\Core\Entity\ContentEntityInterface $stored
   *   The same as it is stored.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $base
   *   What the agent read, in the draft's language; NULL: there was nothing.
   *
   * @return array<string, string>
   *   JSON by field of the change.
   */
  public function of(Draft $draft, ContentEntityInterface $stored, ?ContentEntityInterface $base): array {
    $own = $draft->applied->changed();
    $values = ['before' => self::items($base, $own), 'after' => self::items($stored, $own)];
    return [
      'prints' => json_encode([
        'fields' => $this->fingerprint->of($stored),
        'own' => $own,
      ], JSON_THROW_ON_ERROR),
      'own_values' => json_encode($values, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE),
      'differences' => $draft->isCreation() ? '[]' : $this->differences($base, $stored, $own),
    ];
  }

  /**
   * What a revision does to fields of another one, as a change keeps it.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $base
   *   The former revision; NULL: there was nothing in this language.
   * @param \Drupal\Core\Entity\ContentEntityInterface $draft
   *   The later one.
   * @param string[] $names
   *   Names of the fields.
   */
  public function differences(?ContentEntityInterface $base, ContentEntityInterface $draft, array $names): string {
    return $this->differences->json($draft->getEntityTypeId(), $draft->bundle(), $base === NULL, self::items($base, $names), self::items($draft, $names));
  }

  /**
   * Returns what items tells.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $translation
   *   A revision; NULL: none.
   * @param string[] $names
   *   Names of fields.
   *
   * @return array<string, list<mixed>>
   *   Stored items by field.
   */
  private static function items(?ContentEntityInterface $translation, array $names): array {
    $items = [];
    foreach ($names as $name) {
      $items[$name] = $translation?->hasField($name) ? array_values($translation->get($name)->getValue()) : [];
    }
    return $items;
  }

}
