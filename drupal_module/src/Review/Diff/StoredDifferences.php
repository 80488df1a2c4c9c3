<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Core\Entity\EntityFieldManagerInterface;

/**
 * Tells from what a change keeps of its fields what it does to each.
 *
 * Written once, when the draft is saved: the list has no time to compare.
 *
 * @internal
 */
final class StoredDifferences {

  public function __construct(
    private readonly EntityFieldManagerInterface $fields,
  ) {}

  /**
   * The differences, as a change keeps them.
   *
   * @param string $entityType
   *   Entity type of the item.
   * @param string $bundle
   *   Its bundle.
   * @param bool $isNewTranslation
   *   Whether there was nothing in this language.
   * @param array<string, list<mixed>> $before
   *   Stored items by field.
   * @param array<string, list<mixed>> $after
   *   What the agent left in them.
   */
  public function json(string $entityType, string $bundle, bool $isNewTranslation, array $before, array $after): string {
    $definitions = $this->fields->getFieldDefinitions($entityType, $bundle);
    $differences = $isNewTranslation ? [new Difference(DifferenceKind::NewTranslation)] : [];
    foreach ($isNewTranslation ? [] : $after as $name => $items) {
      $type = isset($definitions[$name]) ? $definitions[$name]->getType() : '';
      $differences[] = self::difference($type, $before[$name] ?? [], $items)->in((string) $name);
    }
    return json_encode(array_map(static fn (Difference $difference): array => $difference->toArray(), $differences), JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
  }

  private static function difference(string $type, array $before, array $after): Difference {
    if (!TextView::isText($type)) {
      return Difference::ofItems(array_map(self::key(...), $before), array_map(self::key(...), $after));
    }
    $of = static fn (array $items, string $property): array => array_map(static fn (mixed $item): string => (string) ($item[$property] ?? ''), $items);
    $hasNewSummary = trim(implode('', $of($before, 'summary'))) === '' && trim(implode('', $of($after, 'summary'))) !== '';
    if ($hasNewSummary && $before !== [] && $of($before, 'value') === $of($after, 'value')) {
      return new Difference(DifferenceKind::AddsSummary);
    }
    $text = static fn (array $items): array => [...$of($items, 'summary'), ...$of($items, 'value')];
    return Difference::ofTexts($text($before), $text($after));
  }

  /**
   * What an item is known by: the id of what it refers to, or its values.
   */
  private static function key(mixed $item): string {
    $item = (array) $item;
    $value = $item['target_id'] ?? $item['value'] ?? $item['uri'] ?? NULL;
    if (is_scalar($value) && !isset($item['end_value'])) {
      return (string) $value;
    }
    $values = [];
    array_walk_recursive($item, static function (mixed $leaf) use (&$values): void {
      if (is_scalar($leaf) && (string) $leaf !== '') {
        $values[] = (string) $leaf;
      }
    });
    return implode(', ', $values);
  }

}
