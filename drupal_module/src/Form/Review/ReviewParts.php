<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Symfony\Component\DependencyInjection\Attribute\AutowireIterator;

/**
 * The parts of the page of a draft, in their order.
 *
 * @internal
 */
final class ReviewParts {

  /**
   * Sets what is given.
   *
   * @param iterable<string, \Drupal\background_agents\Form\Review\ReviewFormPartInterface> $parts
   *   The parts by key.
   */
  public function __construct(
    #[AutowireIterator('background_agents.review_part', indexAttribute: 'key')]
    private readonly iterable $parts,
  ) {}

  /**
   * Returns the parts.
   *
   * @return array<string, \Drupal\background_agents\Form\Review\ReviewFormPartInterface>
   *   The parts by key, in the order of the page.
   */
  public function all(): array {
    return [...$this->parts];
  }

}
