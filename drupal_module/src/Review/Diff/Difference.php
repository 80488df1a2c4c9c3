<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\SequenceDiff;

/**
 * What differs between two values of a field: a sentence, as data.
 *
 * @internal
 */
final readonly class Difference {

  /**
   * The longest item that is kept.
   */
  private const LONGEST = 120;

  /**
   * Sets what is given.
   *
   * @param \Drupal\background_agents\Review\Diff\DifferenceKind $kind
   *   How they differ.
   * @param int $count
   *   How many words, or items.
   * @param list<string> $items
   *   The item that came or went; the one that went and the one that came, of
   *   Replaces. None, when there are more.
   * @param string $field
   *   Name of the field.
   */
  public function __construct(
    public DifferenceKind $kind,
    public int $count = 0,
    public array $items = [],
    public string $field = '',
  ) {}

  /**
   * Compares texts, such as the values of a text field.
   *
   * @param list<string> $old
   *   The former texts.
   * @param list<string> $new
   *   The later ones.
   */
  public static function ofTexts(array $old, array $new): self {
    $isEmpty = static fn (array $texts): bool => trim(implode('', $texts)) === '';
    if ($isEmpty($old) || $isEmpty($new)) {
      return new self($isEmpty($old) ? DifferenceKind::FillsIn : DifferenceKind::Empties);
    }
    [$former, $later] = [self::words(implode("\n", $old)), self::words(implode("\n", $new))];
    $changed = max(count($former), count($later)) - count(SequenceDiff::pairs($former, $later));
    return new self($changed === 0 ? DifferenceKind::Layout : DifferenceKind::Words, $changed);
  }

  /**
   * Compares lists of items, such as references.
   *
   * @param list<string> $old
   *   The former items.
   * @param list<string> $new
   *   The later ones.
   */
  public static function ofItems(array $old, array $new): self {
    if ($old === [] || $new === []) {
      return new self($old === [] ? DifferenceKind::FillsIn : DifferenceKind::Empties);
    }
    $added = array_values(array_diff($new, $old));
    $removed = array_values(array_diff($old, $new));
    $cut = static fn (array $items): array => array_map(static fn (string $item): string => mb_strimwidth($item, 0, self::LONGEST, '…'), $items);
    $pair = [$removed[0] ?? '', $added[0] ?? ''];
    return match (TRUE) {
      $added === [] && $removed === [] => new self(DifferenceKind::Order),
      $removed === [] => new self(DifferenceKind::Adds, count($added), count($added) === 1 ? $cut($added) : []),
      $added === [] => new self(DifferenceKind::Removes, count($removed), count($removed) === 1 ? $cut($removed) : []),
      count($added) === 1 && count($removed) === 1 => new self(DifferenceKind::Replaces, 1, $cut($pair)),
      default => new self(DifferenceKind::Changes),
    };
  }

  /**
   * The same, of a field.
   */
  public function in(string $field): self {
    return new self($this->kind, $this->count, $this->items, $field);
  }

  /**
   * What a change keeps.
   *
   * @return array{field: string, kind: string, count: int, items: list<string>}
   *   As it is stored.
   */
  public function toArray(): array {
    return [
      'field' => $this->field,
      'kind' => $this->kind->value,
      'count' => $this->count,
      'items' => $this->items,
    ];
  }

  /**
   * Reads what toArray() wrote; NULL: it is not that.
   */
  public static function of(mixed $stored): ?self {
    $kind = is_array($stored) ? DifferenceKind::tryFrom((string) ($stored['kind'] ?? '')) : NULL;
    return $kind === NULL ? NULL : new self($kind, (int) ($stored['count'] ?? 0), array_map(strval(...), (array) ($stored['items'] ?? [])), (string) ($stored['field'] ?? ''));
  }

  /**
   * The words of a text, without markup and punctuation.
   *
   * @return list<string>
   *   In order.
   */
  private static function words(string $text): array {
    return preg_split('/[^\p{L}\p{N}]+/u', html_entity_decode((string) preg_replace('/<[^>]*>/', ' ', $text)), -1, PREG_SPLIT_NO_EMPTY) ?: [];
  }

}
