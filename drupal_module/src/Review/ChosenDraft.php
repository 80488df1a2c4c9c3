<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * One of several drafts that a person wants to decide about together.
 *
 * @internal
 */
final readonly class ChosenDraft {

  /**
   * Sets what is given.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen|null $seen
   *   What is newest and default now; NULL: it cannot be decided here.
   * @param string|null $state
   *   The moderation state that accepting brings it to; NULL: there is no
   *   workflow.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup|string $outlook
   *   What will be done, or why nothing.
   */
  public function __construct(
    public Change $change,
    public ?Seen $seen,
    public ?string $state,
    public TranslatableMarkup|string $outlook,
  ) {}

}
