<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * Reads values of a configuration that may hold anything.
 *
 * Configuration of AI agents is written by forms, recipes and by hand: blanks,
 * carriage returns, '' in the place of a list, texts in the place of numbers.
 *
 * @internal
 */
final class Untyped {

  /**
   * A text without blanks around it and with plain line ends; else ''.
   */
  public static function text(mixed $value): string {
    return is_scalar($value) && !is_bool($value) ? trim(str_replace(["\r\n", "\r"], "\n", mb_scrub((string) $value))) : '';
  }

  /**
   * An array; anything else is an empty one.
   *
   * @return array<array-key, mixed>
   *   As it is.
   */
  public static function map(mixed $value): array {
    return is_array($value) ? $value : [];
  }

  /**
   * The texts of a list that say something, each once.
   *
   * @return string[]
   *   Trimmed.
   */
  public static function texts(mixed $value): array {
    $texts = array_map(self::text(...), is_array($value) ? $value : [$value]);
    return array_values(array_unique(array_filter($texts, static fn (string $text): bool => $text !== '')));
  }

  /**
   * Whether a switch is on; the text "false" is off.
   */
  public static function flag(mixed $value): bool {
    return is_string($value) ? !in_array(strtolower(trim($value)), ['', '0', 'false', 'no', 'off'], TRUE) : (bool) $value;
  }

  /**
   * A whole number above 0; else NULL.
   */
  public static function count(mixed $value): ?int {
    $number = filter_var(self::text($value), FILTER_VALIDATE_INT, [
      'options' => ['min_range' => 1, 'max_range' => 2147483647],
    ]);
    return $number === FALSE ? NULL : $number;
  }

  /**
   * Whether a value says anything: blanks and empty lists do not.
   */
  public static function isFilled(mixed $value): bool {
    return is_array($value) ? array_filter($value, self::isFilled(...)) !== [] : self::flag($value);
  }

  /**
   * A value in one short line, for people.
   */
  public static function shown(mixed $value): string {
    $text = is_array($value) ? (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR) : (is_bool($value) ? ($value ? 'yes' : 'no') : self::text($value));
    $text = (string) preg_replace('/\s+/u', ' ', $text);
    return mb_strlen($text) > 120 ? mb_substr($text, 0, 119) . '…' : $text;
  }

}
