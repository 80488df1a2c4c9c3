<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

/**
 * One kind of what a chart counts.
 *
 * @internal
 */
final readonly class ChartSeries {

  /**
   * Sets what is given.
   *
   * @param string $look
   *   Pattern and colour: a key of BarChart::PATTERNS.
   * @param string|\Stringable $label
   *   What it is, for people.
   * @param list<int|float> $values
   *   One for each bar.
   */
  public function __construct(
    public string $look,
    public string|\Stringable $label,
    public array $values,
  ) {}

}
