<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Review\Diff\Nodes;
use Drupal\background_agents\Review\Diff\TextDiff;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * The values of a draft of which a reviewer accepts a part.
 *
 * @internal
 */
final class ChosenValues {

  /**
   * Types whose texts can be accepted by passage, with their texts.
   */
  private const array TEXTS = [
    'text' => ['value'],
    'text_long' => ['value'],
    'text_with_summary' => ['summary', 'value'],
  ];

  public function __construct(
    private readonly Nodes $nodes,
    private readonly TextBlocks $blocks,
  ) {}

  /**
   * Puts what was not accepted back, in a revision that is about to be saved.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $revision
   *   Made from the draft.
   * @param string[] $names
   *   Fields that the draft changed.
   * @param array<string, list<mixed>> $former
   *   Stored items of before, by field.
   * @param \Drupal\background_agents\Review\Choice $choice
   *   What is accepted.
   *
   * @return bool
   *   Whether anything of the draft is left out.
   */
  public function apply(ContentEntityInterface $revision, array $names, array $former, Choice $choice): bool {
    $isLeftOut = FALSE;
    foreach ($choice->fields === NULL ? [] : $names as $name) {
      $accepted = $choice->fields[$name] ?? [];
      if ($accepted === TRUE || !$revision->hasField($name)) {
        continue;
      }
      $draft = array_values($revision->get($name)->getValue());
      $items = $this->mixed($revision->get($name)->getFieldDefinition()->getType(), $former[$name] ?? [], $draft, $accepted);
      $revision->set($name, $items);
      $isLeftOut = $isLeftOut || $items !== $draft;
    }
    return $isLeftOut;
  }

  /**
   * The texts of a field that can be accepted by passage.
   *
   * @param string $type
   *   The field type.
   * @param list<array<string, mixed>> $former
   *   Its items before.
   * @param list<array<string, mixed>> $draft
   *   Its items in the draft.
   *
   * @return array<string, \Drupal\background_agents\Review\Diff\TextDiff>
   *   By "delta:property"; empty when only the whole field can be accepted.
   */
  public function texts(string $type, array $former, array $draft): array {
    $texts = [];
    foreach ($this->isMixable($type, $former, $draft) ? self::deltas($former, $draft) : [] as $delta) {
      foreach (self::TEXTS[$type] as $property) {
        $diff = $this->diff($former[$delta][$property] ?? '', $draft[$delta][$property] ?? '');
        if ($diff->passages() !== []) {
          $texts["$delta:$property"] = $diff;
        }
      }
    }
    return $texts;
  }

  /**
   * The items of which some passages are accepted.
   *
   * An item that only one version has is an empty text in the other one, and
   * stays away when nothing of it is left.
   *
   * @param string $type
   *   The field type.
   * @param list<array<string, mixed>> $former
   *   Items before.
   * @param list<array<string, mixed>> $draft
   *   Items of the draft.
   * @param array<string, list<int>> $accepted
   *   Numbers of passages by "delta:property".
   *
   * @return list<array<string, mixed>>
   *   The items before, when there are no passages to accept.
   */
  private function mixed(string $type, array $former, array $draft, array $accepted): array {
    if ($accepted === [] || !$this->isMixable($type, $former, $draft)) {
      return $former;
    }
    $items = [];
    foreach (self::deltas($former, $draft) as $delta) {
      $item = $draft[$delta] ?? $former[$delta];
      $isShort = !isset($draft[$delta], $former[$delta]);
      foreach (self::TEXTS[$type] as $property) {
        $item[$property] = $this->diff($former[$delta][$property] ?? '', $draft[$delta][$property] ?? '')->with($accepted["$delta:$property"] ?? []);
      }
      if (!$isShort || array_filter(array_intersect_key($item, array_flip(self::TEXTS[$type])), static fn (string $text): bool => $text !== '') !== []) {
        $items[] = $item;
      }
    }
    return $items;
  }

  /**
   * Whether parts of both versions may stand in one text.
   *
   * They are HTML, and their format is the same: else a part would be read by
   * a format that it was not written for.
   */
  private function isMixable(string $type, array $former, array $draft): bool {
    if (!isset(self::TEXTS[$type])) {
      return FALSE;
    }
    foreach (self::deltas($former, $draft) as $delta) {
      $format = (string) ($draft[$delta]['format'] ?? $former[$delta]['format'] ?? '');
      if ($format !== (string) ($former[$delta]['format'] ?? $format) || !$this->blocks->isHtml($format)) {
        return FALSE;
      }
    }
    return TRUE;
  }

  /**
   * Positions of items that a version has.
   *
   * @return int[]
   */
  private static function deltas(array $former, array $draft): array {
    return array_keys($former + $draft);
  }

  private function diff(?string $former, ?string $draft): TextDiff {
    return new TextDiff($this->nodes, (string) $former, (string) $draft);
  }

}
