<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * Tells what differs in a field as plain text, for programs and models.
 *
 * The comparison is that of the page of a draft; nothing is escaped.
 *
 * @internal
 */
final class PlainDiff {

  /**
   * Characters of a value that are told, and compared.
   */
  public const int LONGEST = 100_000;

  private const array TEXTS = ['summary', 'value'];

  public function __construct(
    private readonly Nodes $nodes,
    private readonly FieldWords $words,
    private readonly DifferenceText $sentences,
  ) {}

  /**
   * The `field` document of the contract of drafts.
   *
   * @return array<string, mixed>
   *   Name, label, what was before and is now, and what differs.
   */
  public function of(ComparedField $field): array {
    $old = $field->old === NULL ? [] : $this->entries($field, $field->old->getValue(), $this->words->of($field->old));
    $new = $this->entries($field, $field->new->getValue(), $this->words->of($field->new));
    $before = implode("\n\n", $old);
    $after = implode("\n\n", $new);
    $isLong = max(mb_strlen($before), mb_strlen($after)) > self::LONGEST;
    return [
      'name' => $field->name,
      'label' => $field->label,
      'before' => $field->old === NULL ? NULL : mb_substr($before, 0, self::LONGEST),
      'after' => mb_substr($after, 0, self::LONGEST),
      'sentence' => $this->sentences->plain($field->isText(), $this->words->of($field->old), $this->words->of($field->new), $field->label),
      'diff' => $isLong ? [] : DiffPart::documents($field->isText() ? $this->texts($field) : self::items($old, $new)),
    ] + ($isLong ? ['cut' => TRUE] : []);
  }

  /**
   * What a field holds, an entry for each item: texts as they are stored.
   *
   * @return list<string>
   *   Plain texts, or markup where the field holds markup.
   */
  private function entries(ComparedField $field, array $items, array $words): array {
    if (!$field->isText()) {
      return $words;
    }
    $entries = [];
    foreach ($items as $item) {
      array_push($entries, ...array_filter(array_map(static fn (string $property): string => (string) ($item[$property] ?? ''), self::TEXTS), static fn (string $text): bool => $text !== ''));
    }
    return $entries;
  }

  /**
   * The texts of a field, one after the other, a blank line between them.
   *
   * @return list<\Drupal\background_agents\Review\Diff\DiffPart>
   *   Parts.
   */
  private function texts(ComparedField $field): array {
    $old = array_values($field->old?->getValue() ?? []);
    $new = array_values($field->new->getValue());
    $parts = [];
    for ($delta = 0, $count = max(count($old), count($new)); $delta < $count; $delta++) {
      foreach (self::TEXTS as $property) {
        $former = TextView::html($field->type, (string) ($old[$delta][$property] ?? ''));
        $later = TextView::html($field->type, (string) ($new[$delta][$property] ?? ''));
        $one = $former . $later === '' ? [] : $this->parts((new TextDiff($this->nodes, $former, $later))->parts);
        if ($one !== []) {
          $last = array_pop($one);
          $one[] = new DiffPart($last->kind, rtrim($last->text, "\n"));
          array_push($parts, ...($parts === [] ? [] : [new DiffPart(DiffPart::SAME, "\n\n")]), ...$one);
        }
      }
    }
    return $parts;
  }

  /**
   * Items, one a line.
   *
   * @return list<\Drupal\background_agents\Review\Diff\DiffPart>
   *   Parts.
   */
  private static function items(array $old, array $new): array {
    $kinds = ['' => DiffPart::SAME, 'del' => DiffPart::REMOVED, 'ins' => DiffPart::ADDED];
    $entries = ItemsView::merged($old, $new);
    $last = array_key_last($entries);
    $part = static fn (array $entry, int $at): DiffPart => new DiffPart($kinds[$entry[0]], $entry[1] . ($at === $last ? '' : "\n"));
    return array_map($part, $entries, array_keys($entries));
  }

  /**
   * The parts of a comparison.
   *
   * @param list<\Drupal\background_agents\Review\Diff\Passage|\Drupal\background_agents\Review\Diff\Shared|\Drupal\background_agents\Review\Diff\Changed> $parts
   *   As TextDiff has them.
   *
   * @return list<\Drupal\background_agents\Review\Diff\DiffPart>
   *   Parts.
   */
  private function parts(array $parts): array {
    $told = [];
    foreach ($parts as $part) {
      array_push($told, ...match (TRUE) {
        $part instanceof Shared => [new DiffPart(DiffPart::SAME, self::text([$part->new]))],
        $part instanceof Passage => self::passage($part),
        default => $this->changed($part),
      });
    }
    return $told;
  }

  /**
   * What differs within an element, such as a paragraph.
   *
   * @return list<\Drupal\background_agents\Review\Diff\DiffPart>
   *   Parts; it ends its line.
   */
  private function changed(Changed $changed): array {
    $tag = $changed->tag === NULL ? [] : self::passage($changed->tag);
    return [...$tag, ...$this->parts($changed->parts), new DiffPart(DiffPart::SAME, "\n")];
  }

  /**
   * What one passage takes away and adds.
   *
   * @return list<\Drupal\background_agents\Review\Diff\DiffPart>
   *   Two parts at most.
   */
  private static function passage(Passage $passage): array {
    $old = self::text($passage->old);
    $new = self::text($passage->new);
    $nodes = [...$passage->old, ...$passage->new];
    // A link, a picture, words in bold: their markup may be what differs.
    $isMarkup = array_filter($nodes, static fn (\DOMNode $node): bool => $node instanceof \DOMElement && (!Nodes::isBlock($node) || trim($old) === trim($new))) !== [];
    return [
      new DiffPart(DiffPart::REMOVED, $isMarkup ? Nodes::html($passage->old) : $old),
      new DiffPart(DiffPart::ADDED, $isMarkup ? Nodes::html($passage->new) : $new),
    ];
  }

  /**
   * The words of nodes; a block ends its line.
   *
   * @param list<\DOMNode> $nodes
   *   The nodes.
   */
  private static function text(array $nodes): string {
    $text = '';
    foreach ($nodes as $node) {
      $text .= match (TRUE) {
        $node instanceof \DOMText => $node->data,
        $node instanceof \DOMElement && strtolower($node->nodeName) === 'br' => "\n",
        $node instanceof \DOMElement => self::text(Nodes::children($node)),
        default => '',
      };
      if (Nodes::isBlock($node) && !str_ends_with($text, "\n")) {
        $text .= "\n";
      }
    }
    return $text;
  }

}
