<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Component\Utility\Html;

/**
 * A box for a table that may be wider than a telephone.
 *
 * The table moves in it, by finger and by keyboard; the page does not.
 *
 * @internal
 */
final class WideTable {

  /**
   * Puts the table into the box.
   *
   * @param array<string, mixed> $table
   *   A render array.
   * @param string|\Stringable $label
   *   What the table holds, for screen readers.
   *
   * @return array<string, mixed>
   *   The render array with the box around it.
   */
  public static function of(array $table, string|\Stringable $label): array {
    return [
      '#prefix' => '<div class="ba-scroll" tabindex="0" role="region" aria-label="' . Html::escape((string) $label) . '">',
      '#suffix' => '</div>',
    ] + $table;
  }

}
