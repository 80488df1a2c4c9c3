<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * One change within a text, which a person may accept or not.
 *
 * @internal
 */
final readonly class Passage {

  /**
   * Constructs a Passage object.
   *
   * @param int $number
   *   Its number within the text, from 1.
   * @param list<\DOMNode> $old
   *   What stands there in the former text; empty for an addition.
   * @param list<\DOMNode> $new
   *   What stands there in the later text; empty for a removal.
   */
  public function __construct(
    public int $number,
    public array $old,
    public array $new,
  ) {}

}
