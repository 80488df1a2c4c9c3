<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

/**
 * A table whose rows are cards on a telephone.
 *
 * There each cell has a line, with the heading of its column: nothing has to be
 * moved sideways, neither the page nor the table.
 *
 * @internal
 */
final class CardTable {

  /**
   * Names each cell by its column, and puts the table into a box.
   *
   * @param array<string, mixed> $table
   *   A render array with as many cells in each row as it has headings.
   * @param string|\Stringable $label
   *   What the table holds, for screen readers.
   *
   * @return array<string, mixed>
   *   The render array.
   */
  public static function of(array $table, string|\Stringable $label): array {
    $headings = array_map(self::heading(...), array_values($table['#header']));
    $table['#attributes']['class'][] = 'ba-cards';
    $table['#rows'] = array_map(static fn (array $row): array => self::row($row, $headings), $table['#rows'] ?? []);
    return WideTable::of($table, $label);
  }

  private static function heading(mixed $heading): string {
    return (string) (is_array($heading) ? $heading['data'] : $heading);
  }

  private static function row(array $row, array $headings): array {
    if (array_key_exists('data', $row) && is_array($row['data']) && array_is_list($row['data'])) {
      return ['data' => self::row($row['data'], $headings)] + $row;
    }
    $named = [];
    foreach (array_keys($row) as $place => $key) {
      $cell = is_array($row[$key]) ? $row[$key] : ['data' => $row[$key]];
      $named[$key] = $cell + ['data-label' => $headings[$place] ?? ''];
    }
    return $named;
  }

}
