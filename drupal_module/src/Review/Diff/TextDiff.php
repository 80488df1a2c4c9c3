<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\SequenceDiff;

/**
 * Compares two stored texts, and tells the passages that differ.
 *
 * Blocks that are equal to a reader are aligned; the others are paired in
 * order where they have a tag or enough words in common, and compared inside:
 * lists and tables by their parts, the rest by words and inline elements.
 *
 * @internal
 */
final class TextDiff {

  /**
   * The share of common words from which on two blocks are one, changed.
   */
  private const float OVERLAP = 0.3;

  /**
   * Up to so many pairs of a gap, each block is compared with each other.
   */
  private const int MOST_PAIRS = 2_500;

  /**
   * Beyond that, a block is compared with the next ones of the other text.
   */
  private const int WINDOW = 10;

  /**
   * The parts that differ and can be accepted one by one.
   *
   * @var list<\Drupal\background_agents\Review\Diff\Passage>
   */
  private array $passages = [];

  /**
   * The whole text, part by part.
   *
   * @var list<\Drupal\background_agents\Review\Diff\Passage|\Drupal\background_agents\Review\Diff\Shared|\Drupal\background_agents\Review\Diff\Changed>
   */
  public readonly array $parts;

  /**
   * Constructs a TextDiff object.
   *
   * @param \Drupal\background_agents\Review\Diff\Nodes $nodes
   *   Reads the texts.
   * @param string $old
   *   The former text, as it is stored.
   * @param string $new
   *   The later text.
   */
  public function __construct(
    private readonly Nodes $nodes,
    private readonly string $old,
    private readonly string $new,
  ) {
    $this->parts = $this->compare($nodes->of($old), $nodes->of($new));
  }

  /**
   * Returns the passages in reading order.
   *
   * @return list<\Drupal\background_agents\Review\Diff\Passage>
   *   In reading order; their numbers begin with 1.
   */
  public function passages(): array {
    return $this->passages;
  }

  /**
   * The text with some of the passages accepted.
   *
   * @param list<int> $accepted
   *   Numbers of the accepted passages.
   *
   * @return string
   *   None: the former text; all: the later one.
   */
  public function with(array $accepted): string {
    $accepted = array_intersect(array_column($this->passages, 'number'), $accepted);
    return match (count($accepted)) {
      0 => $this->old,
      count($this->passages) => $this->new,
      default => Nodes::html(self::built($this->parts, array_fill_keys($accepted, TRUE))),
    };
  }

  /**
   * Returns the chosen nodes.
   *
   * @return list<\DOMNode>
   *   The chosen nodes.
   */
  private static function built(array $parts, array $accepted): array {
    $nodes = [];
    foreach ($parts as $part) {
      if ($part instanceof Passage) {
        array_push($nodes, ...(isset($accepted[$part->number]) ? $part->new : $part->old));
      }
      elseif ($part instanceof Shared) {
        $nodes[] = $part->old;
      }
      else {
        $shell = ($part->tag !== NULL && isset($accepted[$part->tag->number]) ? $part->new : $part->old)->cloneNode(FALSE);
        foreach (self::built($part->parts, $accepted) as $node) {
          $shell->appendChild($shell->ownerDocument->importNode($node, TRUE));
        }
        $nodes[] = $shell;
      }
    }
    return $nodes;
  }

  /**
   * Compares the nodes of a pair of parents, in order.
   *
   * @param list<\DOMNode> $old
   *   Nodes of one parent.
   * @param list<\DOMNode> $new
   *   Nodes of its pair.
   *
   * @return list<\Drupal\background_agents\Review\Diff\Passage|\Drupal\background_agents\Review\Diff\Shared|\Drupal\background_agents\Review\Diff\Changed>
   *   In order.
   */
  private function compare(array $old, array $new): array {
    $oldKeys = array_map($this->nodes->key(...), $old);
    $newKeys = array_map($this->nodes->key(...), $new);
    $pairs = self::withoutBlanksAlone(SequenceDiff::pairs($oldKeys, $newKeys), $old) + [count($old) => count($new)];
    $parts = [];
    [$fromOld, $fromNew] = [0, 0];
    foreach ($pairs as $inOld => $inNew) {
      array_push($parts, ...$this->gap(array_slice($old, $fromOld, $inOld - $fromOld), array_slice($new, $fromNew, $inNew - $fromNew)));
      if ($inOld < count($old)) {
        $parts[] = new Shared($old[$inOld], $new[$inNew]);
      }
      [$fromOld, $fromNew] = [$inOld + 1, $inNew + 1];
    }
    return $parts;
  }

  /**
   * A blank between two changed words belongs to the change.
   */
  private static function withoutBlanksAlone(array $pairs, array $old): array {
    $kept = [];
    foreach ($pairs as $inOld => $inNew) {
      $isBlank = $old[$inOld] instanceof \DOMText && trim($old[$inOld]->data) === '';
      $hasBefore = isset($pairs[$inOld - 1]) && $pairs[$inOld - 1] === $inNew - 1;
      $hasAfter = isset($pairs[$inOld + 1]) && $pairs[$inOld + 1] === $inNew + 1;
      if (!$isBlank || $hasBefore || $hasAfter) {
        $kept[$inOld] = $inNew;
      }
    }
    return $kept;
  }

  /**
   * What stands between two equal nodes.
   */
  private function gap(array $old, array $new): array {
    if ($old === [] && $new === []) {
      return [];
    }
    if (array_filter([...$old, ...$new], Nodes::isBlock(...)) === []) {
      return [$this->passage($old, $new)];
    }
    $parts = [];
    [$fromOld, $fromNew] = [0, 0];
    foreach (self::alike($old, $new) + [count($old) => count($new)] as $inOld => $inNew) {
      for ($at = $fromOld; $at < $inOld; $at++) {
        $parts[] = $this->passage([$old[$at]], []);
      }
      for ($at = $fromNew; $at < $inNew; $at++) {
        $parts[] = $this->passage([], [$new[$at]]);
      }
      if ($inOld < count($old)) {
        $parts[] = $this->changed($old[$inOld], $new[$inNew]);
      }
      [$fromOld, $fromNew] = [$inOld + 1, $inNew + 1];
    }
    return $parts;
  }

  private function changed(\DOMElement $old, \DOMElement $new): Changed {
    $tag = $this->nodes->tagKey($old) === $this->nodes->tagKey($new) ? NULL : $this->passage([$old->cloneNode(FALSE)], [$new->cloneNode(FALSE)]);
    return new Changed($old, $new, $this->compare(Nodes::children($old), Nodes::children($new)), $tag);
  }

  private function passage(array $old, array $new): Passage {
    return $this->passages[] = new Passage(count($this->passages) + 1, $old, $new);
  }

  /**
   * Pairs blocks in order, so that as many words as can be are in both.
   *
   * @return array<int, int>
   *   Positions in $new, by position in $old.
   */
  private static function alike(array $old, array $new): array {
    if (count($old) * count($new) > self::MOST_PAIRS) {
      return self::nextAlike($old, $new);
    }
    $oldBags = array_map(Nodes::bag(...), $old);
    $newBags = array_map(Nodes::bag(...), $new);
    $best = array_fill(0, count($old) + 1, array_fill(0, count($new) + 1, 0.0));
    $likeness = [];
    for ($x = count($old) - 1; $x >= 0; $x--) {
      for ($y = count($new) - 1; $y >= 0; $y--) {
        $likeness[$x][$y] = self::likeness($old[$x], $new[$y], $oldBags[$x], $newBags[$y]);
        $paired = $likeness[$x][$y] > 0 ? $likeness[$x][$y] + $best[$x + 1][$y + 1] : 0.0;
        $best[$x][$y] = max($paired, $best[$x + 1][$y], $best[$x][$y + 1]);
      }
    }
    $pairs = [];
    for ($x = 0, $y = 0; $x < count($old) && $y < count($new);) {
      if ($likeness[$x][$y] > 0 && $best[$x][$y] === $likeness[$x][$y] + $best[$x + 1][$y + 1]) {
        $pairs[$x++] = $y++;
      }
      else {
        $best[$x + 1][$y] >= $best[$x][$y + 1] ? $x++ : $y++;
      }
    }
    return $pairs;
  }

  /**
   * Pairs each block with the most alike of the next ones.
   *
   * @return array<int, int>
   *   Positions in $new, by position in $old.
   */
  private static function nextAlike(array $old, array $new): array {
    $newBags = array_map(Nodes::bag(...), $new);
    $pairs = [];
    $from = 0;
    foreach ($old as $x => $node) {
      $bag = Nodes::bag($node);
      [$most, $found] = [0.0, NULL];
      for ($y = $from; $y < min($from + self::WINDOW, count($new)); $y++) {
        $likeness = self::likeness($node, $new[$y], $bag, $newBags[$y]);
        if ($likeness > $most) {
          [$most, $found] = [$likeness, $y];
        }
      }
      if ($found !== NULL) {
        $pairs[$x] = $found;
        $from = $found + 1;
      }
    }
    return $pairs;
  }

  /**
   * How alike two nodes are, 0 (not one changed block) to 1.
   */
  private static function likeness(\DOMNode $old, \DOMNode $new, array $oldBag, array $newBag): float {
    if (!Nodes::isBlock($old) || !Nodes::isBlock($new) || !self::mayReplace($old, $new)) {
      return 0;
    }
    $common = 0;
    foreach ($oldBag as $word => $count) {
      $common += min($count, $newBag[$word] ?? 0);
    }
    $most = max(array_sum($oldBag), array_sum($newBag));
    $overlap = $most === 0 ? 1.0 : $common / $most;
    // Cells, rows and the only item of a list have their place.
    $isPlaced = in_array(strtolower($old->nodeName), ['td', 'th', 'tbody', 'thead', 'tfoot', 'table'], TRUE) && $old->nodeName === $new->nodeName;
    return $overlap >= self::OVERLAP ? $overlap : ($isPlaced ? 0.01 : 0.0);
  }

  /**
   * Whether an element may stand where the other one stands.
   */
  private static function mayReplace(\DOMNode $old, \DOMNode $new): bool {
    $group = static fn (string $name): string => match (TRUE) {
      in_array($name, ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'address'], TRUE) => 'text',
      in_array($name, ['ul', 'ol'], TRUE) => 'list',
      in_array($name, ['td', 'th'], TRUE) => 'cell',
      default => $name,
    };
    return $group(strtolower($old->nodeName)) === $group(strtolower($new->nodeName));
  }

}
