<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * A part of a text that both versions have, as far as a reader sees.
 *
 * @internal
 */
final readonly class Shared {

  /**
   * Constructs a Shared object.
   *
   * @param \DOMNode $old
   *   As the former text has it.
   * @param \DOMNode $new
   *   As the later text has it.
   */
  public function __construct(
    public \DOMNode $old,
    public \DOMNode $new,
  ) {}

}
