<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * One thing that a run did, as a sentence.
 *
 * @api
 */
final readonly class ProgressItem {

  /**
   * Makes an item.
   *
   * @param int $seq
   *   Number of the event that it is of.
   * @param string $type
   *   Type of the event, as in contracts/event.schema.json.
   * @param int $time
   *   When, in Unix seconds.
   * @param int|null $step
   *   The step; NULL: it is about the run itself.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   As markup: what agents said in it is escaped.
   * @param string|null $tool
   *   The tool that was called; NULL: none was.
   * @param string|null $call
   *   Id of the call; NULL: none was made.
   */
  public function __construct(
    public int $seq,
    public string $type,
    public int $time,
    public ?int $step,
    public TranslatableMarkup $sentence,
    public ?string $tool = NULL,
    public ?string $call = NULL,
  ) {}

}
