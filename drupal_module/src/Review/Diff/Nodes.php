<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\HtmlBlocks;
use Drupal\Component\Utility\Html;

/**
 * The nodes of a stored text, and what a reader takes them for.
 *
 * @internal
 */
final class Nodes {

  /**
   * Elements that hold blocks, items, rows or cells.
   */
  private const array CONTAINERS = [
    'blockquote',
    'details',
    'div',
    'dl',
    'figure',
    'li',
    'ol',
    'section',
    'article',
    'table',
    'tbody',
    'td',
    'tfoot',
    'th',
    'thead',
    'tr',
    'ul',
    'dd',
  ];

  private const array BLOCKS = [
    ...self::CONTAINERS,
    'address',
    'caption',
    'dt',
    'figcaption',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'hr',
    'p',
    'pre',
    'summary',
  ];

  /**
   * Scripts that part their words without blanks: each sign counts.
   */
  private const string SIGNS = '\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}';

  public function __construct(
    private readonly HtmlBlocks $blocks,
  ) {}

  /**
   * Returns the nodes of a text; blanks between blocks are left out.
   *
   * @return list<\DOMNode>
   *   The nodes of a text; blanks between blocks are left out.
   */
  public function of(string $html): array {
    $body = Html::load($html)->getElementsByTagName('body')->item(0);
    return $body === NULL ? [] : self::children($body);
  }

  /**
   * Returns what an element holds: blocks, or words and inline elements.
   *
   * @return list<\DOMNode>
   *   What an element holds: blocks, or words and inline elements.
   */
  public static function children(\DOMNode $parent): array {
    $nodes = iterator_to_array($parent->childNodes, FALSE);
    $hasBlocks = array_filter($nodes, self::isBlock(...)) !== [];
    $children = [];
    foreach ($nodes as $node) {
      if (!$node instanceof \DOMText) {
        array_push($children, ...($node instanceof \DOMElement || $node instanceof \DOMComment ? [$node] : []));
      }
      elseif (!$hasBlocks || trim($node->data, " \t\r\n") !== '') {
        array_push($children, ...self::words($node));
      }
    }
    return $children;
  }

  /**
   * Nodes as stored HTML: links, names and blanks as they were written.
   *
   * DOMDocument's own way would encode addresses anew.
   *
   * @param list<\DOMNode> $nodes
   *   The nodes.
   */
  public static function html(array $nodes): string {
    $document = Html::load('');
    $body = $document->getElementsByTagName('body')->item(0);
    foreach ($nodes as $node) {
      $body?->appendChild($document->importNode($node, TRUE));
    }
    return Html::serialize($document);
  }

  public static function isBlock(\DOMNode $node): bool {
    return $node instanceof \DOMElement && in_array(strtolower($node->nodeName), self::BLOCKS, TRUE);
  }

  /**
   * Two nodes are the same to a reader when their keys are equal.
   */
  public function key(\DOMNode $node): string {
    if ($node instanceof \DOMText) {
      return 'text:' . preg_replace('/[\s\x{A0}\x{2007}\x{2009}\x{202F}]+/u', ' ', $node->data);
    }
    if ($node instanceof \DOMComment) {
      return 'comment:' . $node->data;
    }
    $name = strtolower($node->nodeName);
    // Cells and items are read as parts of what they stand in.
    $html = $node->ownerDocument->saveHTML($node);
    return in_array($name, ['hr', 'br'], TRUE) ? $name : (self::isBlock($node) ? $name : 'inline') . ':' . json_encode($this->blocks->of($html), JSON_INVALID_UTF8_SUBSTITUTE);
  }

  /**
   * The tag of an element without what it holds, for comparing.
   */
  public function tagKey(\DOMElement $element): string {
    return $this->key($element->cloneNode(FALSE)) . strtolower($element->nodeName);
  }

  /**
   * Returns how often each word is in a node, in lower case.
   *
   * @return array<string, int>
   *   How often each word is in a node, in lower case.
   */
  public static function bag(\DOMNode $node): array {
    $text = $node->ownerDocument->saveHTML($node);
    // A blank for each tag: "<li>One</li><li>Two</li>" are two words.
    preg_match_all('/[' . self::SIGNS . ']|(?:(?![' . self::SIGNS . '])[\p{L}\p{N}])+/u', mb_strtolower(html_entity_decode((string) preg_replace('/<[^>]*>/', ' ', $text))), $words);
    return array_count_values($words[0]);
  }

  /**
   * Returns the words of a text and the blanks between them.
   *
   * @return list<\DOMText>
   *   The words of a text and the blanks between them.
   */
  private static function words(\DOMText $text): array {
    $words = preg_split('/([\s\x{A0}\x{202F}]+|(?<=[' . self::SIGNS . ']))/u', $text->data, -1, PREG_SPLIT_DELIM_CAPTURE | PREG_SPLIT_NO_EMPTY);
    return array_map(static fn (string $word): \DOMText => $text->ownerDocument->createTextNode($word), $words ?: []);
  }

}
