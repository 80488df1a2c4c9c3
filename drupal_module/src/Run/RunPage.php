<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * Some runs of a list, and where it goes on.
 *
 * @internal
 */
final readonly class RunPage {

  /**
   * Sets what is given.
   *
   * @param list<\Drupal\background_agents\Entity\Run> $runs
   *   The newest first.
   * @param list<int>|null $next
   *   When the last one was made, and its number; NULL: there are no more.
   */
  public function __construct(
    public array $runs,
    public ?array $next,
  ) {}

}
