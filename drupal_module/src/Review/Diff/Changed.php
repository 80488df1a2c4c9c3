<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * An element that both versions have, with changes inside it.
 *
 * @internal
 */
final readonly class Changed {

  /**
   * Constructs a Changed object.
   *
   * @param \DOMElement $old
   *   The element of the former text.
   * @param \DOMElement $new
   *   The element of the later text.
   * @param list<\Drupal\background_agents\Review\Diff\Passage|\Drupal\background_agents\Review\Diff\Shared|\Drupal\background_agents\Review\Diff\Changed> $parts
   *   What is in it, in order.
   * @param \Drupal\background_agents\Review\Diff\Passage|null $tag
   *   The change of the tag itself or of its attributes; NULL: none.
   */
  public function __construct(
    public \DOMElement $old,
    public \DOMElement $new,
    public array $parts,
    public ?Passage $tag,
  ) {}

}
