<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Reads patterns of JSON Schema (ECMA 262, with Unicode) with PCRE.
 *
 * What the two write alike and mean differently is translated, what only PCRE
 * has is refused. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class EcmaPattern {

  private const WORD = 'a-zA-Z0-9_';
  private const NO_WORD = '\x{0}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{5E}\x{60}\x{7B}-\x{10FFFF}';
  private const SPACE = '\x{9}-\x{D}\x{20}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}';
  private const NO_SPACE = '\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}';

  /**
   * What stands for an escape inside of brackets.
   */
  private const CLASSES = [
    'd' => '0-9',
    'D' => '\x{0}-\x{2F}\x{3A}-\x{10FFFF}',
    'w' => self::WORD,
    'W' => self::NO_WORD,
    's' => self::SPACE,
    'S' => self::NO_SPACE,
  ];

  private const CHARACTERS = ['n' => '\n', 'r' => '\r', 't' => '\t', 'f' => '\f', 'v' => '\x0B', '0' => '\x00'];

  /**
   * Long names of general categories, which PCRE knows by the short ones.
   */
  private const CATEGORIES = [
    'Letter' => 'L',
    'Cased_Letter' => 'L&',
    'Uppercase_Letter' => 'Lu',
    'Lowercase_Letter' => 'Ll',
    'Titlecase_Letter' => 'Lt',
    'Modifier_Letter' => 'Lm',
    'Other_Letter' => 'Lo',
    'Mark' => 'M',
    'Nonspacing_Mark' => 'Mn',
    'Spacing_Mark' => 'Mc',
    'Enclosing_Mark' => 'Me',
    'Number' => 'N',
    'Decimal_Number' => 'Nd',
    'Letter_Number' => 'Nl',
    'Other_Number' => 'No',
    'Punctuation' => 'P',
    'Connector_Punctuation' => 'Pc',
    'Dash_Punctuation' => 'Pd',
    'Open_Punctuation' => 'Ps',
    'Close_Punctuation' => 'Pe',
    'Initial_Punctuation' => 'Pi',
    'Final_Punctuation' => 'Pf',
    'Other_Punctuation' => 'Po',
    'Symbol' => 'S',
    'Math_Symbol' => 'Sm',
    'Currency_Symbol' => 'Sc',
    'Modifier_Symbol' => 'Sk',
    'Other_Symbol' => 'So',
    'Separator' => 'Z',
    'Space_Separator' => 'Zs',
    'Line_Separator' => 'Zl',
    'Paragraph_Separator' => 'Zp',
    'Other' => 'C',
    'Control' => 'Cc',
    'Format' => 'Cf',
    'Private_Use' => 'Co',
    'Unassigned' => 'Cn',
  ];

  /**
   * Translations that were made in this request.
   *
   * @var array<string, string>
   */
  private static array $known = [];

  /**
   * Whether a text holds the pattern (it is not anchored).
   *
   * @return bool|null
   *   NULL when that would need too much work.
   *
   * @throws \UnexpectedValueException
   *   When the pattern cannot be used.
   */
  public static function fits(string $pattern, string $text): ?bool {
    $translated = self::$known[$pattern] ??= '~' . self::translate($pattern) . '~uD';
    // A pattern that cannot be compiled is a warning: the answer says enough.
    $result = @preg_match($translated, $text);
    if ($result === FALSE && !in_array(preg_last_error(), [
      PREG_BACKTRACK_LIMIT_ERROR,
      PREG_RECURSION_LIMIT_ERROR,
      PREG_JIT_STACKLIMIT_ERROR,
    ], TRUE)) {
      throw new \UnexpectedValueException("The pattern $pattern of the schema cannot be used.");
    }
    return $result === FALSE ? NULL : $result === 1;
  }

  /**
   * The pattern for PCRE, without delimiters.
   */
  public static function translate(string $pattern): string {
    $translated = '';
    $rest = $pattern;
    while ($rest !== '') {
      [$length, $piece] = match (TRUE) {
        $rest[0] === '\\' => self::escape($rest, FALSE),
        $rest[0] === '[' => self::brackets($rest),
        $rest[0] === '(' => self::group($rest),
        $rest[0] === '~' => [1, '\~'],
        default => [1, $rest[0]],
      };
      $translated .= $piece;
      $rest = substr($rest, $length);
    }
    return $translated;
  }

  /**
   * A set in brackets.
   *
   * @return array{int, string}
   *   Length of what was read, and its translation.
   */
  private static function brackets(string $rest): array {
    $not = str_starts_with($rest, '[^');
    $at = $not ? 2 : 1;
    $inner = '';
    while (($rest[$at] ?? '') !== ']') {
      $character = $rest[$at] ?? throw new \UnexpectedValueException('The pattern of the schema cannot be used: a bracket is not closed.');
      [$length, $piece] = match ($character) {
        '\\' => self::escape(substr($rest, $at), TRUE),
        '[', '~' => [1, '\\' . $character],
        default => [1, $character],
      };
      $inner .= $piece;
      $at += $length;
    }
    $set = $not ? "[^$inner]" : "[$inner]";
    return [$at + 1, $inner !== '' ? $set : ($not ? '[\x{0}-\x{10FFFF}]' : '(?!)')];
  }

  /**
   * The beginning of a group.
   *
   * @return array{int, string}
   *   Length of what was read, and its translation.
   */
  private static function group(string $rest): array {
    if (!preg_match('/^\((\?(:|=|!|<=|<!|<[a-zA-Z_][a-zA-Z0-9_]*>))?/', $rest, $found) || preg_match('/^\([*?]/', $rest) && strlen($found[0]) === 1) {
      throw new \UnexpectedValueException('The pattern of the schema cannot be used: ECMA 262 has no group that begins with ' . substr($rest, 0, 4) . '.');
    }
    return [strlen($found[0]), $found[0]];
  }

  /**
   * An escape.
   *
   * @return array{int, string}
   *   Length of what was read, and its translation.
   */
  private static function escape(string $rest, bool $inside): array {
    if (preg_match('/^\\\\u([dD][89abAB][0-9a-fA-F]{2})\\\\u([dD][c-fC-F][0-9a-fA-F]{2})/', $rest, $pair)) {
      return [12, sprintf('\x{%X}', 0x10000 + ((hexdec($pair[1]) - 0xD800) << 10) + hexdec($pair[2]) - 0xDC00)];
    }
    if (preg_match('/^\\\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2}))/', $rest, $code)) {
      return [strlen($code[0]), '\x{' . ($code[3] ?? $code[2] ?? '' ?: $code[1]) . '}'];
    }
    if (preg_match('/^\\\\([pP])\{(?:(?:Script|sc|Script_Extensions|scx|General_Category|gc)=)?([A-Za-z_]+)\}/', $rest, $property)) {
      return [strlen($property[0]), "\\$property[1]{" . (self::CATEGORIES[$property[2]] ?? $property[2]) . '}'];
    }
    if (!$inside && preg_match('/^\\\\(?:k<[a-zA-Z_][a-zA-Z0-9_]*>|[1-9][0-9]*)/', $rest, $reference)) {
      return [strlen($reference[0]), $reference[0]];
    }
    return [preg_match('/^\\\\c[a-zA-Z]/', $rest) ? 3 : 2, self::simpleEscape($rest, $inside)];
  }

  private static function simpleEscape(string $rest, bool $inside): string {
    $letter = $rest[1] ?? '';
    return match (TRUE) {
      isset(self::CLASSES[$letter]) => $inside ? self::CLASSES[$letter] : '[' . self::CLASSES[$letter] . ']',
      isset(self::CHARACTERS[$letter]) => self::CHARACTERS[$letter],
      $letter === 'b' && $inside => '\x08',
      $letter === 'b' => '(?:(?<=[' . self::WORD . '])(?![' . self::WORD . '])|(?<![' . self::WORD . '])(?=[' . self::WORD . ']))',
      $letter === 'B' && !$inside => '(?:(?<=[' . self::WORD . '])(?=[' . self::WORD . '])|(?<![' . self::WORD . '])(?![' . self::WORD . ']))',
      (bool) preg_match('/^\\\\c[a-zA-Z]/', $rest) => sprintf('\x{%X}', ord($rest[2]) % 32),
      $letter === '' || ctype_alnum($letter) => throw new \UnexpectedValueException("The pattern of the schema cannot be used: ECMA 262 has no escape \\$letter here."),
      default => "\\$letter",
    };
  }

}
