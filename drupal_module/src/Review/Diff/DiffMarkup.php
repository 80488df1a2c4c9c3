<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Component\Utility\Unicode;
use Drupal\Component\Utility\Xss;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Shows what differs between two texts: words marked where they stand.
 *
 * Made from escaped text and bare tags alone. What a stored text would load or
 * run stays away: images and media are named boxes, links are no links. What is
 * added and removed is said in words once: the marks have no role of their own,
 * which some screen readers tell and others do not.
 *
 * @internal
 */
final class DiffMarkup {

  use StringTranslationTrait;

  /**
   * Elements that are shown as what they are.
   */
  private const array BARE = [
    'blockquote', 'code', 'dd', 'dl', 'dt', 'em', 'li', 'ol', 'p', 'pre', 's', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'u', 'ul',
  ];

  private const array SYNONYMS = [
    'b' => 'strong',
    'i' => 'em',
    'del' => 's',
    'strike' => 's',
    'ins' => 'u',
    'address' => 'p',
    'figcaption' => 'p',
    'caption' => 'p',
  ];

  private const array HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

  /**
   * Elements that hold blocks: the mark goes to what is in them.
   */
  private const array OUTER = ['blockquote', 'dl', 'ol', 'table', 'tbody', 'tfoot', 'thead', 'tr', 'ul'];

  /**
   * Elements without text, and the attributes that name them.
   */
  private const array BOXES = [
    'img' => 'alt',
    'drupal-media' => 'alt',
    'drupal-entity' => 'alt',
    'iframe' => 'title',
    'video' => 'title',
    'audio' => 'title',
    'embed' => 'title',
    'object' => 'title',
    'hr' => '',
    'input' => 'type',
  ];

  /**
   * What Xss::filter() lets through.
   */
  private const array ALLOWED = [...self::BARE, 'br', 'del', 'ins', 'span'];

  /**
   * The whole text, with its passages marked and numbered.
   */
  public function of(TextDiff $diff): MarkupInterface {
    return Markup::create(Xss::filter($this->parts($diff->parts), self::ALLOWED));
  }

  /**
   * A text without marks.
   *
   * @param list<\DOMNode> $nodes
   *   What it holds.
   */
  public function plain(array $nodes): MarkupInterface {
    return Markup::create(Xss::filter(implode('', array_map(fn (\DOMNode $node): string => $this->bare($node, ''), $nodes)), self::ALLOWED));
  }

  /**
   * One item that was added or removed, such as a tag; escaped HTML.
   *
   * @param string $mark
   *   Either "ins", "del", or empty.
   * @param string $inner
   *   Escaped HTML.
   */
  public function mark(string $mark, string $inner): string {
    if ($mark === '' || $inner === '') {
      return $inner;
    }
    $said = $mark === 'ins' ? $this->t('added:') : $this->t('removed:');
    return '<' . $mark . ' role="none"><span class="ba-diff__said">' . $said . ' </span>' . $inner . "</$mark>";
  }

  /**
   * One passage in a line, such as for the label of a checkbox.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup
   *   Plain text: what it takes away and adds, shortened.
   */
  public function line(Passage $passage): TranslatableMarkup {
    $old = self::text($passage->old);
    $new = self::text($passage->new);
    return match (TRUE) {
      $this->notes($passage) !== [] && $old === $new => $this->notes($passage)[0],
      $passage->old === [] => $this->t('Adds “@new”', ['@new' => $new]),
      $passage->new === [] => $this->t('Removes “@old”', ['@old' => $old]),
      default => $this->t('“@old” becomes “@new”', ['@old' => $old, '@new' => $new]),
    };
  }

  private function parts(array $parts): string {
    $html = '';
    foreach ($parts as $part) {
      $html .= match (TRUE) {
        $part instanceof Passage => $this->passage($part),
        $part instanceof Shared => $this->bare($part->new, ''),
        default => $this->changed($part),
      };
    }
    return $html;
  }

  private function changed(Changed $changed): string {
    $inner = $this->parts($changed->parts);
    if ($changed->tag === NULL) {
      return $this->shell($changed->new, $inner);
    }
    $note = $this->number($changed->tag) . $this->sentences($changed->tag);
    // Lists and tables hold no words of their own: the note goes before them.
    return in_array(strtolower($changed->new->nodeName), self::OUTER, TRUE) ? "<p>$note</p>" . $this->shell($changed->new, $inner) : $this->shell($changed->new, $note . $inner, FALSE);
  }

  private function passage(Passage $passage): string {
    $html = '';
    foreach (['del' => $passage->old, 'ins' => $passage->new] as $mark => $nodes) {
      $isInline = array_filter($nodes, Nodes::isBlock(...)) === [];
      $inner = implode('', array_map(fn (\DOMNode $node): string => $this->bare($node, $isInline ? '' : $mark), $nodes));
      $html .= $isInline && $inner !== '' ? $this->mark($mark, $inner) : $inner;
    }
    // Between items or cells nothing may stand: the number goes inside.
    $numbered = preg_replace('/<(?:ins|del) /', $this->number($passage) . '$0', $html, 1);
    return $numbered . $this->sentences($passage);
  }

  /**
   * The number by which a passage is chosen.
   */
  private function number(Passage $passage): string {
    return '<span class="ba-diff__number"><span class="ba-diff__said">' . $this->t('Change') . ' </span>' . $passage->number . ' </span>';
  }

  /**
   * A node as bare tags and escaped text.
   *
   * @param \DOMNode $node
   *   The node.
   * @param string $mark
   *   Either "ins", "del", or empty.
   */
  private function bare(\DOMNode $node, string $mark): string {
    if ($node instanceof \DOMText) {
      return Html::escape($node->data);
    }
    $name = strtolower($node->nodeName);
    if ($node instanceof \DOMElement && (isset(self::BOXES[$name]) || $name === 'br')) {
      $box = $name === 'br' ? '<br>' : '<span class="ba-diff__box">' . $this->boxName($node) . '</span>';
      return $this->mark($mark, $box);
    }
    if (!$node instanceof \DOMElement) {
      return '';
    }
    $isOuter = in_array($name, self::OUTER, TRUE) || array_filter(iterator_to_array($node->childNodes), Nodes::isBlock(...)) !== [];
    $inner = '';
    foreach ($node->childNodes as $child) {
      $inner .= $isOuter && $child instanceof \DOMText && trim($child->data) === '' ? '' : $this->bare($child, $isOuter ? $mark : '');
    }
    return $this->shell($node, $isOuter ? $inner : $this->mark($mark, $inner));
  }

  /**
   * An element without its attributes; headings leave the page's outline alone.
   *
   * @param \DOMElement $element
   *   The element.
   * @param string $inner
   *   What it holds, as HTML.
   * @param bool $isLevelSaid
   *   Whether the level of a heading is told.
   */
  private function shell(\DOMElement $element, string $inner, bool $isLevelSaid = TRUE): string {
    $name = strtolower($element->nodeName);
    $name = self::SYNONYMS[$name] ?? $name;
    return match (TRUE) {
      in_array($name, self::HEADINGS, TRUE) => '<p>' . ($isLevelSaid ? '<span class="ba-diff__level">' . $this->tagName($element) . '</span> ' : '') . '<strong>' . $inner . '</strong></p>',
      in_array($name, self::BARE, TRUE) => "<$name>$inner</$name>",
      $name === 'a' => '<span class="ba-diff__link">' . $inner . '</span>',
      default => $inner,
    };
  }

  private function sentences(Passage $passage): string {
    return implode('', array_map(static fn (TranslatableMarkup $note): string => ' <span class="ba-diff__note">(' . $note . ')</span> ', $this->notes($passage)));
  }

  /**
   * Changes that marked words do not show: tags, link targets, names.
   *
   * @return list<\Drupal\Core\StringTranslation\TranslatableMarkup>
   */
  private function notes(Passage $passage): array {
    if (count($passage->old) !== 1 || count($passage->new) !== 1 || !$passage->old[0] instanceof \DOMElement || !$passage->new[0] instanceof \DOMElement) {
      return [];
    }
    [$old, $new] = [$passage->old[0], $passage->new[0]];
    $notes = [];
    if ($old->nodeName !== $new->nodeName) {
      $notes[] = $this->t('@old becomes @new', ['@old' => $this->tagName($old), '@new' => $this->tagName($new)]);
    }
    foreach ([
      'href' => $this->t('Link target'),
      'src' => $this->t('Source'),
      'alt' => $this->t('Alternative text'),
      'data-caption' => $this->t('Caption'),
    ] as $name => $label) {
      if ($old->getAttribute($name) !== $new->getAttribute($name)) {
        $notes[] = $this->t('@label: “@old” becomes “@new”', [
          '@label' => $label,
          '@old' => $old->getAttribute($name),
          '@new' => $new->getAttribute($name),
        ]);
      }
    }
    return $notes;
  }

  private function tagName(\DOMElement $element): TranslatableMarkup {
    $name = strtolower($element->nodeName);
    return match ($name) {
      'h1', 'h2', 'h3', 'h4', 'h5', 'h6' => $this->t('Heading @level', ['@level' => $name[1]]),
      'p' => $this->t('Paragraph'),
      'ul' => $this->t('Bulleted list'),
      'ol' => $this->t('Numbered list'),
      'strong', 'b' => $this->t('Bold'),
      'em', 'i' => $this->t('Italic'),
      default => $this->t('Element “@name”', ['@name' => $name]),
    };
  }

  private function boxName(\DOMElement $element): TranslatableMarkup {
    $name = strtolower($element->nodeName);
    $text = self::BOXES[$name] === '' ? '' : trim($element->getAttribute(self::BOXES[$name]));
    $kind = match ($name) {
      'img' => $this->t('Image'),
      'drupal-media', 'drupal-entity' => $this->t('Media'),
      'hr' => $this->t('Line'),
      'video' => $this->t('Video'),
      'audio' => $this->t('Audio'),
      default => $this->t('Embedded content'),
    };
    return $text === '' ? $kind : $this->t('@kind: @text', ['@kind' => $kind, '@text' => $text]);
  }

  private static function text(array $nodes): string {
    $text = implode('', array_map(static fn (\DOMNode $node): string => (string) preg_replace('/<[^>]*>/', ' ', (string) $node->ownerDocument->saveHTML($node)), $nodes));
    return Unicode::truncate(trim((string) preg_replace('/\s+/u', ' ', Html::decodeEntities($text))), 120, TRUE, TRUE);
  }

}
