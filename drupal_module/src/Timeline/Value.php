<?php

declare(strict_types=1);

namespace Drupal\background_agents\Timeline;

/**
 * Turns values of events into plain text for people. Never into markup.
 *
 * @internal
 */
final class Value {

  /**
   * Characters of one value that are put on a page.
   */
  public const LIMIT = 20000;

  /**
   * A value as text.
   *
   * @param mixed $value
   *   Any JSON value, or a reference to a large one
   *   (`{"$ref": sha256, "bytes": n, "preview": text}`).
   *
   * @return array{text: string, bytes: int|null}
   *   The text, at most LIMIT characters, and the size in bytes of the whole
   *   value when the text is only its beginning.
   */
  public static function text(mixed $value): array {
    if ($value instanceof \stdClass && isset($value->{'$ref'})) {
      $value = get_object_vars($value);
    }
    if (is_array($value) && isset($value['$ref'])) {
      return ['text' => self::clean((string) ($value['preview'] ?? '')), 'bytes' => (int) ($value['bytes'] ?? 0)];
    }
    $text = is_string($value) ? $value : (string) json_encode($value, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR);
    $bytes = strlen($text);
    $short = mb_substr($text, 0, self::LIMIT);
    return ['text' => self::clean($short), 'bytes' => strlen($short) < $bytes ? $bytes : NULL];
  }

  /**
   * Whether there is anything to show.
   *
   * @param mixed $value
   *   Any JSON value.
   *
   * @return bool
   *   FALSE for NULL, an empty text, an empty list or object.
   */
  public static function isEmpty(mixed $value): bool {
    return $value === NULL || $value === '' || $value === [] || ($value instanceof \stdClass && get_object_vars($value) === []);
  }

  /**
   * Makes invisible control characters visible.
   *
   * A model's text may hold marks that turn the reading direction around, so
   * that a person reads something else than what is there.
   */
  private static function clean(string $text): string {
    return (string) preg_replace('/[\x{0000}-\x{0008}\x{000B}\x{000C}\x{000E}-\x{001F}\x{007F}-\x{009F}\x{202A}-\x{202E}\x{2066}-\x{2069}]/u', "\u{FFFD}", mb_scrub($text, 'UTF-8'));
  }

  /**
   * Tools that an agent names and could not be given, a line each.
   *
   * @param array $asked
   *   Data of the event model_requested.
   */
  public static function leftOut(array $asked): string {
    $lines = [];
    foreach ((array) ($asked['left_out'] ?? []) as $one) {
      $one = (array) $one;
      $lines[] = implode(': ', array_filter([$one['tool'] ?? NULL, $one['reason'] ?? NULL], is_string(...)));
    }
    return implode("\n", array_filter($lines));
  }

  /**
   * A value as plain text; NULL when there is none.
   */
  public static function plain(mixed $value): ?string {
    return self::isEmpty($value) ? NULL : self::text($value)['text'];
  }

}
