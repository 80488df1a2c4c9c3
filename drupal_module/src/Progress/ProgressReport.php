<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * How far a run is, at one moment.
 *
 * @api
 */
final readonly class ProgressReport {

  /**
   * Makes a report.
   *
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   What the run does now, as markup: what agents said in it is escaped.
   * @param int|null $done
   *   Items that are done; NULL: nobody counts.
   * @param int|null $total
   *   Items in all; NULL: nobody counts.
   * @param int|null $secondsLeft
   *   An estimate from the time so far; NULL: it cannot be told yet.
   * @param int $costMicros
   *   What was spent so far, in millionths of the currency unit.
   * @param int $tokens
   *   Input and output tokens so far.
   */
  public function __construct(
    public TranslatableMarkup $sentence,
    public ?int $done,
    public ?int $total,
    public ?int $secondsLeft,
    public int $costMicros,
    public int $tokens,
  ) {}

}
