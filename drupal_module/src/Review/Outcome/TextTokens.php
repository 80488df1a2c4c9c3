<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

/**
 * A text as the words, marks and tags that a reader sees, in order.
 *
 * Made from what HtmlBlocks tells, or from plain lines. A tag that opens a
 * block or a format is a token of its own, so that a changed heading level or
 * link target is one change, not as many as there are words in it.
 *
 * @internal
 */
final class TextTokens {

  private const WORD = 'word';
  private const MARK = 'mark';
  private const BLOCK = 'block';
  private const FORMAT = 'format';

  /**
   * Numbers, characters of scripts without blanks, words, other marks.
   */
  private const PATTERN = '/\d+(?:[.,:]\d+)*|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])[\p{L}\p{M}\p{N}])+(?:[\'’](?:(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])[\p{L}\p{M}\p{N}])+)*|[^\s]/u';

  private const QUOTES = [
    '‘' => "'",
    '’' => "'",
    '‚' => "'",
    '‛' => "'",
    '“' => '"',
    '”' => '"',
    '„' => '"',
    '‟' => '"',
  ];

  /**
   * Constructs a TextTokens object.
   *
   * @param list<array{key: string, kind: string}> $tokens
   *   The tokens.
   */
  private function __construct(
    private readonly array $tokens,
  ) {}

  /**
   * Takes the blocks of a formatted text.
   *
   * @param list<array{tag: string, content: array}> $blocks
   *   Blocks, as HtmlBlocks tells them.
   */
  public static function ofBlocks(array $blocks): self {
    $tokens = [];
    self::addBlocks($blocks, $tokens);
    return new self($tokens);
  }

  /**
   * Takes plain texts, each of which is a block.
   *
   * @param list<string> $lines
   *   Plain texts, each of which is a block.
   */
  public static function ofLines(array $lines): self {
    $tokens = [];
    foreach ($lines as $line) {
      $tokens[] = ['key' => '<p>', 'kind' => self::BLOCK];
      self::addText($line, $tokens);
    }
    return new self($tokens);
  }

  public function followedBy(self $other): self {
    return new self([...$this->tokens, ...$other->tokens]);
  }

  /**
   * The tokens letter for letter.
   *
   * @return list<string>
   */
  public function exact(): array {
    return array_column($this->tokens, 'key');
  }

  /**
   * The words without case, and the tags; punctuation is left out.
   *
   * @return list<string>
   */
  public function words(): array {
    $words = [];
    foreach ($this->tokens as $token) {
      if ($token['kind'] !== self::MARK) {
        $words[] = $token['kind'] === self::WORD ? mb_strtolower($token['key']) : $token['key'];
      }
    }
    return $words;
  }

  private static function addBlocks(array $blocks, array &$tokens): void {
    $formats = [];
    foreach ($blocks as $part) {
      if (!isset($part['tag'])) {
        self::addFormats($part['formats'], $formats, $tokens);
        self::addText($part['text'], $tokens);
        continue;
      }
      $tokens[] = ['key' => "<{$part['tag']}>", 'kind' => self::BLOCK];
      self::addBlocks($part['content'], $tokens);
    }
  }

  /**
   * Adds the formats that begin here.
   */
  private static function addFormats(array $formats, array &$open, array &$tokens): void {
    foreach (array_diff($formats, $open) as $format) {
      $tokens[] = ['key' => $format, 'kind' => self::FORMAT];
    }
    $open = $formats;
  }

  private static function addText(string $text, array &$tokens): void {
    if (str_starts_with($text, '<') && str_ends_with($text, '>')) {
      // An image or another thing without text of its own.
      $tokens[] = ['key' => $text, 'kind' => self::FORMAT];
      return;
    }
    preg_match_all(self::PATTERN, strtr($text, self::QUOTES), $found);
    foreach ($found[0] as $key) {
      $isWord = preg_match('/^[\p{L}\p{N}\p{Sc}%]/u', $key) === 1;
      $tokens[] = ['key' => $key, 'kind' => $isWord ? self::WORD : self::MARK];
    }
  }

}
