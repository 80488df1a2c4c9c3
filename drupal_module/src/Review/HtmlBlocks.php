<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Component\Utility\Html;

/**
 * Reads stored HTML as the blocks that a reader sees.
 *
 * What an editor such as CKEditor changes when it opens and saves a text is
 * not in the result: tag synonyms, blanks, entities, classes, the nesting and
 * splitting of inline tags, missing or additional paragraphs and table parts.
 *
 * A block is {tag, content}: content is a list of blocks, or a list of runs. A
 * run is {text, formats}: formats are opening tags in alphabetical order. What
 * has no text of its own, such as an image, is a run too: its tag is the text.
 *
 * @internal
 */
final class HtmlBlocks {

  private const array SYNONYMS = [
    'b' => 'strong',
    'i' => 'em',
    'strike' => 's',
    'del' => 's',
    'caption' => 'figcaption',
  ];

  /**
   * Attributes that readers see or follow; editors add and drop the others.
   */
  private const array ATTRIBUTES = ['alt', 'data-caption', 'data-entity-uuid', 'href', 'src'];

  /**
   * Blocks that hold text or other blocks.
   */
  private const array BLOCKS = [
    'address', 'blockquote', 'dd', 'details', 'dl', 'dt', 'figcaption', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre',
    'summary', 'table', 'td', 'th', 'tr', 'ul',
  ];

  /**
   * Wrappers without a meaning of their own: their content counts.
   */
  private const array TRANSPARENT = ['article', 'div', 'figure', 'section', 'tbody', 'tfoot', 'thead'];

  /**
   * Things without text of their own.
   */
  private const array ATOMS = [
    'audio',
    'br',
    'drupal-entity',
    'drupal-media',
    'embed',
    'iframe',
    'img',
    'input',
    'object',
    'video',
  ];

  private const array IGNORED = ['col', 'colgroup', 'meta', 'wbr'];

  /**
   * Inline tags that show nothing without their attributes.
   */
  private const array PLAIN = ['font', 'span'];

  /**
   * Returns the blocks of the text; text outside of any block is a paragraph.
   *
   * @return list<array{tag: string, content: array}>
   *   The blocks of the text; text outside of any block is a paragraph.
   */
  public function of(string $html): array {
    $body = Html::load($html)->getElementsByTagName('body')->item(0);
    return $body === NULL ? [] : $this->blocks($body);
  }

  /**
   * Returns the blocks below a node.
   *
   * @return list<array{tag: string, content: array}>
   */
  private function blocks(\DOMNode $parent): array {
    $blocks = [];
    $runs = [];
    foreach ($parent->childNodes as $node) {
      $tag = self::tag($node);
      if (!in_array($tag, self::TRANSPARENT, TRUE) && !in_array($tag, self::BLOCKS, TRUE)) {
        $this->inline($node, [], $runs);
        continue;
      }
      array_push($blocks, ...self::paragraph($runs));
      $runs = [];
      array_push($blocks, ...(in_array($tag, self::TRANSPARENT, TRUE) ? $this->blocks($node) : $this->block($tag, $node)));
    }
    return [...$blocks, ...self::paragraph($runs)];
  }

  /**
   * Returns the block; none when it is empty.
   *
   * @return list<array{tag: string, content: array}>
   *   The block; none when it is empty.
   */
  private function block(string $tag, \DOMNode $node): array {
    if ($tag === 'hr') {
      return [['tag' => 'hr', 'content' => []]];
    }
    if ($tag === 'pre') {
      $text = rtrim(str_replace(["\r\n", "\r"], "\n", $node->textContent));
      return $text === '' ? [] : [['tag' => 'pre', 'content' => [['text' => $text, 'formats' => []]]]];
    }
    $content = $this->blocks($node);
    if ($tag === 'p') {
      return $content;
    }
    // Cells stay when they are empty: they hold the others in their places.
    return $content === [] && !in_array($tag, ['td', 'th'], TRUE) ? [] : [
      ['tag' => $tag, 'content' => self::unwrapped($content)],
    ];
  }

  /**
   * The runs themselves, where a block holds nothing but one paragraph.
   */
  private static function unwrapped(array $content): array {
    return count($content) === 1 && $content[0]['tag'] === 'p' ? $content[0]['content'] : $content;
  }

  /**
   * Adds the runs of an inline node.
   *
   * @param \DOMNode $node
   *   A text or an inline element.
   * @param string[] $formats
   *   The formats around it.
   * @param list<array{text: string, formats: string[]}> $runs
   *   The runs so far.
   */
  private function inline(\DOMNode $node, array $formats, array &$runs): void {
    $tag = self::tag($node);
    if ($node instanceof \DOMText) {
      self::add($runs, self::text($node->data), $formats);
    }
    elseif ($node instanceof \DOMElement && in_array($tag, self::ATOMS, TRUE)) {
      self::add($runs, self::opening($tag, $node), $formats, TRUE);
    }
    elseif ($node instanceof \DOMElement && !in_array($tag, self::IGNORED, TRUE)) {
      $opening = self::opening($tag, $node);
      $own = in_array($opening, array_map(static fn (string $plain): string => "<$plain>", self::PLAIN), TRUE) ? [] : [$opening];
      $inner = array_values(array_unique([...$formats, ...$own]));
      sort($inner);
      foreach ($node->childNodes as $child) {
        $this->inline($child, $inner, $runs);
      }
    }
  }

  /**
   * Adds text to the last run where the formats are the same.
   *
   * Blanks at the edge of a format are outside of it, and one is enough.
   */
  private static function add(array &$runs, string $text, array $formats, bool $isAtom = FALSE): void {
    if (!$isAtom && $formats !== [] && trim($text, ' ') !== $text) {
      foreach (preg_split('/^( )|( )$/', $text, -1, PREG_SPLIT_DELIM_CAPTURE | PREG_SPLIT_NO_EMPTY) ?: [] as $part) {
        self::add($runs, $part, $part === ' ' ? [] : $formats);
      }
      return;
    }
    $last = array_key_last($runs);
    if ($last !== NULL && str_starts_with($text, ' ') && str_ends_with($runs[$last]['text'], ' ')) {
      $text = substr($text, 1);
    }
    if ($text === '') {
      return;
    }
    if ($last !== NULL && $runs[$last]['formats'] === $formats) {
      $runs[$last]['text'] .= $text;
    }
    else {
      $runs[] = ['text' => $text, 'formats' => $formats];
    }
  }

  /**
   * Returns a paragraph of the runs; none when they show nothing.
   *
   * @return list<array{tag: string, content: array}>
   *   A paragraph of the runs; none when they show nothing.
   */
  private static function paragraph(array $runs): array {
    while ($runs !== [] && ($first = preg_replace('/^(?: |<br>)+/', '', $runs[0]['text'])) !== $runs[0]['text']) {
      $runs[0]['text'] = $first;
      if ($first === '') {
        array_shift($runs);
      }
    }
    while ($runs !== [] && ($end = preg_replace('/(?: |<br>)+$/', '', end($runs)['text'])) !== end($runs)['text']) {
      $runs[array_key_last($runs)]['text'] = $end;
      if ($end === '') {
        array_pop($runs);
      }
    }
    $content = array_map(static fn (array $run): array => ['text' => preg_replace('/ *<br> */', '<br>', $run['text'])] + $run, array_values($runs));
    return $content === [] ? [] : [['tag' => 'p', 'content' => $content]];
  }

  /**
   * Text with single blanks; a tag that a reader sees as text is escaped.
   */
  private static function text(string $data): string {
    return htmlspecialchars((string) preg_replace('/[\s\x{A0}\x{2007}\x{2009}\x{202F}]+/u', ' ', $data), ENT_NOQUOTES);
  }

  private static function opening(string $tag, \DOMElement $element): string {
    $attributes = '';
    foreach (self::ATTRIBUTES as $name) {
      if ($element->hasAttribute($name)) {
        $attributes .= sprintf(' %s="%s"', $name, Html::escape(trim($element->getAttribute($name))));
      }
    }
    return "<$tag$attributes>";
  }

  private static function tag(\DOMNode $node): string {
    $tag = $node instanceof \DOMElement ? strtolower($node->nodeName) : '';
    return self::SYNONYMS[$tag] ?? $tag;
  }

}
