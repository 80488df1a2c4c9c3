<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What the page of a draft shows, for those who build a part of it.
 *
 * @internal
 */
final readonly class ReviewPage {

  /**
   * HTML id of the bar of decisions.
   */
  public const DECISION = 'ba-decision';

  /**
   * Sets what is given.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What is newest and what is published as the page is made.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $former
   *   What it is compared with; NULL: nothing, the agent made the item.
   * @param \Drupal\Core\Entity\ContentEntityInterface $shown
   *   The version that is shown: the newest while it waits for a decision.
   * @param list<\Drupal\background_agents\Review\Diff\FieldDiff> $diffs
   *   All fields, those that differ first.
   * @param bool $isOpen
   *   Whether this person decides here and now.
   * @param bool $isAgainstRead
   *   Whether it is compared with what the agent read.
   */
  public function __construct(
    public Change $change,
    public Seen $seen,
    public ?ContentEntityInterface $former,
    public ContentEntityInterface $shown,
    public array $diffs,
    public bool $isOpen,
    public bool $isAgainstRead,
  ) {}

  /**
   * The fields that differ.
   *
   * @return list<\Drupal\background_agents\Review\Diff\FieldDiff>
   *   In their order.
   */
  public function changed(): array {
    return array_values(array_filter($this->diffs, static fn (FieldDiff $diff): bool => $diff->isChanged));
  }

}
