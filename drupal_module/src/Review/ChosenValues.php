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
      $items = $accepted === [] ? $former[$name] ?? [] : $this->mixed($draft, $former[$name] ?? [], $accepted);
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
    if (!isset(self::TEXTS[$type]) || count($former) !== count($draft)) {
      return [];
    }
    $texts = [];
    foreach ($draft as $delta => $item) {
      foreach (self::TEXTS[$type] as $property) {
        $diff = $this->diff($former[$delta][$property] ?? '', $item[$property] ?? '');
        if ($diff->passages() !== []) {
          $texts["$delta:$property"] = $diff;
        }
      }
    }
    return $texts;
  }

  private function mixed(array $draft, array $former, array $accepted): array {
    $items = $draft;
    foreach ($draft as $delta => $item) {
      foreach (['summary', 'value'] as $property) {
        if (is_string($item[$property] ?? NULL)) {
          $items[$delta][$property] = $this->diff($former[$delta][$property] ?? '', $item[$property])->with($accepted["$delta:$property"] ?? []);
        }
      }
    }
    return $items;
  }

  private function diff(?string $former, ?string $draft): TextDiff {
    return new TextDiff($this->nodes, (string) $former, (string) $draft);
  }

}
