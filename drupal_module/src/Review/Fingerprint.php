<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * One short text for what a field holds: the same where nobody changed it.
 *
 * Each print is "exact.words". Two values are equal when their prints are;
 * when only `words` are, no word and no number differs. Apostrophes and
 * quotation marks count as one, whether straight or curved.
 *
 * @internal
 */
final class Fingerprint {

  /**
   * As they stand in JSON.
   */
  private const array QUOTES = [
    '‘' => "'",
    '’' => "'",
    '‚' => "'",
    '‛' => "'",
    '“' => '\\"',
    '”' => '\\"',
    '„' => '\\"',
    '‟' => '\\"',
  ];

  public function __construct(
    private readonly StoredValues $values,
  ) {}

  /**
   * Returns prints by field; a field without a value has none.
   *
   * @return array<string, string>
   *   Prints by field; a field without a value has none.
   */
  public function of(ContentEntityInterface $translation): array {
    return array_map(self::print(...), array_filter($this->values->of($translation)));
  }

  /**
   * The print of a normal value.
   */
  public static function print(array $value): string {
    $json = strtr(json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION | JSON_PARTIAL_OUTPUT_ON_ERROR), self::QUOTES);
    return self::short($json) . '.' . substr(self::short(self::words($value)), 0, 8);
  }

  /**
   * One print of a whole revision.
   *
   * @param array<string, string> $prints
   *   Prints by field.
   */
  public static function whole(array $prints): string {
    ksort($prints);
    return self::short(json_encode($prints, JSON_THROW_ON_ERROR));
  }

  /**
   * Whether no word and no number differs.
   */
  public static function haveSameWords(?string $print, ?string $other): bool {
    return substr((string) $print, -8) === substr((string) $other, -8);
  }

  private static function words(array $value): string {
    $words = '';
    array_walk_recursive($value, static function (mixed $leaf, int|string $key) use (&$words): void {
      if (!in_array($key, ['tag', 'formats', 'format'], TRUE) && is_scalar($leaf)) {
        $words .= preg_replace('/<[^>]*>|[^\p{L}\p{N}]+/u', ' ', html_entity_decode((string) $leaf)) . ' ';
      }
    });
    return trim((string) preg_replace('/ +/', ' ', $words));
  }

  private static function short(string $text): string {
    return substr(hash('sha256', $text), 0, 24);
  }

}
